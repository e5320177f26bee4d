"""A few threads for calls that block: libvirt knows no others."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread, get_ident
from typing import Any, TypeVar

T = TypeVar("T")


class Crew:
    """Up to `most` threads, which come when there is work and go after `idle` seconds without; the last one then calls `rest`.

    They end with the program, whatever they wait for: it never waits for them.
    """

    def __init__(self, name: str, most: int, idle: float, rest: Callable[[], None]) -> None:
        self._name = name
        self._most = most
        self._idle = idle
        self._rest = rest
        self._bell = Condition()
        self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._began: dict[int, float] = {}
        self._threads = 0
        self._waiting = 0
        self._closed = False

    async def do(self, job: Callable[[], T]) -> T:
        """What `job` gives, called in one of the threads. A job whose caller goes away before its turn is never called."""
        future: Future[T] = Future()
        with self._bell:
            self._jobs.append((future, job))
            if self._waiting >= len(self._jobs):
                self._bell.notify()
            elif self._threads < self._most:
                self._threads += 1
                Thread(target=self._work, name=self._name, daemon=True).start()
        return await asyncio.wrap_future(future)

    def is_stuck(self, seconds: float) -> bool:
        """Whether every thread that there may be has been at the same job for so long."""
        with self._bell:
            began = list(self._began.values())
        return len(began) == self._most and max(began) < time.monotonic() - seconds

    def close(self) -> None:
        """Threads end when they have done their job; nobody waits for them, and what has not begun is not done."""
        with self._bell:
            self._closed = True
            jobs, self._jobs = self._jobs, deque()
            self._bell.notify_all()
        for future, _ in jobs:
            future.cancel()

    def _work(self) -> None:
        while (work := self._next()) is not None:
            future, job = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job())
                except BaseException as error:  # noqa: BLE001 - it is the caller's
                    future.set_exception(error)
            del future, job, work  # what they hold is not kept while there is nothing to do

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        """The next job; None when the thread shall end."""
        with self._bell:
            self._began.pop(get_ident(), None)
            self._waiting += 1
            self._bell.wait_for(lambda: self._jobs or self._closed, self._idle)
            self._waiting -= 1
            if self._jobs:
                self._began[get_ident()] = time.monotonic()
                return self._jobs.popleft()
            self._threads -= 1
            is_last = not self._threads
        if is_last:
            self._rest()
        return None
