"""One after the other, by name: the writes of one writer are done in the order of their numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Order:
    """Who has the same name waits for the others of that name, first come, first served."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        """With how many have it or wait for it: a name that nobody has is forgotten."""

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """The turn of one of this name."""
        lock, users = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            users = self._locks[name][1] - 1
            if users:
                self._locks[name] = lock, users
            else:
                del self._locks[name]
