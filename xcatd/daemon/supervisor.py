"""The owner of every task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)


class Supervisor:
    """All tasks of the daemon. Those that are spawned may fail alone; those that are kept must not end before the daemon."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._spawned: set[asyncio.Task[None]] = set()
        self._kept: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Supervisor:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (*self._kept, *self._spawned):
            task.cancel()
        try:
            await self._group.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if error not in group.exceptions:
                raise group.exceptions[0] from None
            # Else the body failed: its error goes on by itself, without the wrapping of the group.

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something that ends by itself. What goes wrong in it is logged, and nothing else suffers."""
        task = self._group.create_task(self._guard(work, name), name=name)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)
        task.add_done_callback(lambda _: work.close())  # if it was cancelled before its first step
        return task

    def keep(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something that lasts as long as the daemon. When it fails, the daemon stops."""
        task = self._group.create_task(work, name=name)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)
        return task

    async def _guard(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except Exception:
            log.exception("a fault ended %s", name)
