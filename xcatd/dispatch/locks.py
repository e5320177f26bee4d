"""One change at a time per node, with a purpose that others can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xcatd.errors import Busy


class _Held:
    __slots__ = ("lock", "purpose", "waiting")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.purpose = ""
        self.waiting = 0


class Locks:
    """The locks of the nodes that this daemon owns."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self.tables = asyncio.Lock()
        """Of the command whose turn it is to change tables."""

    def purpose(self, node: str) -> str:
        """What is going on with a node; "" when nothing is."""
        held = self._held.get(node)
        return held.purpose if held else ""

    @asynccontextmanager
    async def hold(self, node: str, purpose: str, wait: float) -> AsyncIterator[None]:
        """Hold a node's lock. Raises Busy, naming the holder, when it is not free within `wait` seconds."""
        held = self._held.setdefault(node, _Held())
        held.waiting += 1
        try:
            try:
                async with asyncio.timeout(wait):
                    await held.lock.acquire()
            except TimeoutError:
                raise Busy(f"busy for more than {wait:g} s with: {held.purpose}; try again later") from None
            held.purpose = purpose
            try:
                yield
            finally:
                held.purpose = ""
                held.lock.release()
        finally:
            held.waiting -= 1
            if not held.waiting:
                self._held.pop(node, None)
