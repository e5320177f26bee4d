"""How often progress is worth a word."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

PATIENCE = 0.5
"""Seconds in which nobody wonders."""
EVERY = 0.25


class Pace:
    """Says when it is time: not in the first moments, then a few times a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next = clock() + PATIENCE

    def due(self) -> bool:
        """Whether something should be shown now; then not again for a while."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + EVERY
        return True
