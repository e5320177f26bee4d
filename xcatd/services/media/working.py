"""Long work on files in a thread, which can be watched and stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from xcatd.services.media.source import Progress, no_progress

_T = TypeVar("_T")
_EVERY = 0.2
"""Seconds between two looks at how far it is."""


class _Stopped(Exception):
    """Ends the work of a thread; nobody sees it."""


class Gauge:
    """How far the work is. The thread steps, the loop looks."""

    def __init__(self, total: int) -> None:
        self.done, self.total = 0, total
        self._stop = threading.Event()

    def step(self, amount: int = 0) -> None:
        """So much more is done. Does not return when the work shall stop."""
        if self._stop.is_set():
            raise _Stopped
        self.done += amount

    def stop(self) -> None:
        """Have the next step end the work."""
        self._stop.set()


async def work(task: Callable[[Gauge], _T], total: int = 0, progress: Progress = no_progress) -> _T:
    """What the task gives, which runs in a thread. When the caller is cancelled the thread has ended before this returns."""
    gauge = Gauge(total)
    running = asyncio.get_running_loop().run_in_executor(None, task, gauge)
    try:
        while not running.done():
            await asyncio.wait((running,), timeout=_EVERY)
            await progress(gauge.done, gauge.total)
        return running.result()
    finally:
        gauge.stop()
        if not running.done():
            await asyncio.wait((running,))
            running.exception()
