"""How long to wait before the next try."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST, _MOST = 1.0, 60.0
_CALM = 60.0
"""Seconds for which all must have been well before a new trouble counts as the first one."""


class Backoff:
    """Seconds, twice as many each time, up to a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = 0.0
        self._well_since: float | None = None

    def next(self) -> float:
        """How long to wait now, after a trouble."""
        well, self._well_since = self._well_since, None
        if well is not None and self._clock() - well >= _CALM:
            self._last = 0.0
        self._last = min(self._last * 2 or _FIRST, _MOST)
        return self._last

    def rest(self) -> None:
        """All is well."""
        if self._well_since is None:
            self._well_since = self._clock()
