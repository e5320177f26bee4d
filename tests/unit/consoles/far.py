"""Far sides of consoles for tests: what they say and get is in the test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from xcatd.consoles.line import Line, Way
from xcatd.errors import NodeError, Unreachable, Unsupported


class Kept:
    """A recorder in memory."""

    def __init__(self) -> None:
        self.text = b""
        self.notes: list[str] = []
        self.full = ""

    def said(self, node: str, octets: bytes) -> None:
        self.text += octets

    def noted(self, node: str, text: str) -> None:
        self.notes.append(text)

    def trouble(self, node: str) -> str:
        return self.full


@dataclass(eq=False)
class Far(Way):
    """A console: `says` goes to who has it open; what he types is in `typed`. `refuses`: why it cannot be opened."""

    kind: str = "test"
    refuses: str = ""
    opened: int = 0
    stolen: int = 0
    typed: bytes = b""
    breaks: int = 0
    size: tuple[int, int] | None = None
    has_break: bool = True
    takes: asyncio.Event | None = None
    """What is typed is taken only when this is set; None: at once."""
    queue: asyncio.Queue[bytes | NodeError] = field(default_factory=asyncio.Queue)

    def open(self) -> AbstractAsyncContextManager[Line]:
        return self._open()

    def taking_over(self) -> Way:
        self.stolen += 1
        return self

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Line]:
        if self.refuses:
            raise Unreachable(self.refuses)
        self.opened += 1
        yield Wire(self)

    def says(self, octets: bytes) -> None:
        self.queue.put_nowait(octets)

    def breaks_off(self, why: str) -> None:
        self.queue.put_nowait(NodeError(why))


class Wire(Line):
    """One that is open."""

    def __init__(self, far: Far) -> None:
        self._far = far

    async def read(self) -> bytes:
        octets = await self._far.queue.get()
        if isinstance(octets, NodeError):
            raise octets
        return octets

    async def write(self, octets: bytes) -> None:
        if self._far.takes is not None:
            await self._far.takes.wait()
        self._far.typed += octets

    async def send_break(self) -> None:
        if not self._far.has_break:
            raise Unsupported("this console has no break")
        self._far.breaks += 1

    def resize(self, rows: int, columns: int) -> None:
        self._far.size = rows, columns
