"""Servers start side by side, and nothing starts while systemd reads all units again.

A server that says by a PID file that it has started (Type=forking) may be at the moment between the end of the program that started
it and its file. systemd 252 and others forget, when they read the units then, that they wait for the file: such a start ends after
90 seconds, in vain.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

_LONG = 10.0
"""Seconds after which a start is long past that moment, or hopeless."""


class Gate:
    def __init__(self, long: float = _LONG) -> None:
        self._long = long
        self._turn = asyncio.Lock()
        self._inside = 0
        self._is_empty = asyncio.Event()

    @contextlib.asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        """For one who starts something."""
        async with self._turn:
            self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._is_empty.set()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """For one who has the units read: when nobody starts anything, or has begun to long ago. Those who come wait."""
        async with self._turn:
            if self._inside:
                self._is_empty.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._long):
                        await self._is_empty.wait()
            yield
