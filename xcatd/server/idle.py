"""Nobody keeps a place at the door without asking for something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Idle:
    """Calls `close` when nothing was asked for `seconds`."""

    def __init__(self, seconds: float, close: Callable[[], None]) -> None:
        self._seconds = seconds
        self._close = close
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """From now on nothing is being done."""
        self.end()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._close)

    def end(self) -> None:
        """Something is being done, or the caller is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
