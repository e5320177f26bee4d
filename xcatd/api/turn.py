"""Whose turn it is to change tables: one command at a time, so that what it has read is still so when it writes."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Turn:
    """One command's turn. It begins when the command does and is over with what it writes.

    It is given up while the command waits for its caller's input: somebody who types must not hold up the others. A turn
    without a lock, of a command that edits nothing, is always there.
    """

    def __init__(self, lock: asyncio.Lock | None = None) -> None:
        self._lock = lock
        self._is_held = False

    async def take(self) -> None:
        """Wait until nobody else has it."""
        if self._lock is not None and not self._is_held:
            await self._lock.acquire()
            self._is_held = True

    def give_up(self) -> None:
        """Let the next one begin."""
        if self._lock is not None and self._is_held:
            self._is_held = False
            self._lock.release()

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_up()
