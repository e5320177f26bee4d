"""One line for what happens again and again: a daemon that is turned away dials again every second or two."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY = 60.0
"""Seconds before the same is said again."""
_MOST = 1000
"""Complaints that are remembered."""


class Complaints:
    """Says each sentence once a minute at the most, and then how often it was kept back."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def about(self, sentence: str) -> None:
        """Say it, unless it was said less than `EVERY` seconds ago."""
        now = self._clock()
        when, more = self._said.pop(sentence, (now - EVERY, 0))
        if now - when < EVERY:
            self._said[sentence] = (when, more + 1)
            return
        self._said[sentence] = (now, 0)
        self._say(f"{sentence} (and {more} more times before)" if more else sentence)
        if len(self._said) > _MOST:
            del self._said[next(iter(self._said))]
