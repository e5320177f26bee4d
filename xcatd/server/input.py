"""What a caller types or sends on standard input."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xcatd.errors import TooLarge
from xcatd.hierarchy.keys import Keys
from xcatd.protocol.frames import Kind, encode

if TYPE_CHECKING:
    from xcatd.server.connection import Connection


class Input:
    """The caller's standard input, or keys of his terminal: asked for when a command wants them."""

    def __init__(self, connection: Connection, stream: int, most: int) -> None:
        self._connection = connection
        self._stream = stream
        self._pieces: list[bytes] = []
        self._most = self._left = most
        self._whole = asyncio.Event()
        self._begun = asyncio.Event()
        self._asked = False
        self.keys = Keys(lambda kind, payload: connection.write(encode(kind, stream, payload)))

    def take(self, kind: Kind, piece: bytes) -> None:
        """An INPUT or WINDOW frame has come. Raises TooLarge and Malformed."""
        if kind is Kind.WINDOW or self.keys.asked:
            self.keys.take(kind, piece)
            return
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge(f"The standard input is longer than the {self._most} bytes allowed: send less at once")
        if piece:
            self._pieces.append(piece)
        else:
            self._whole.set()
        if b"\n" in piece or not piece:
            self._begun.set()

    async def read(self) -> str:
        """All of it."""
        self._ask()
        await self._whole.wait()
        return b"".join(self._pieces).decode("utf-8", "surrogateescape")

    async def line(self) -> str:
        """What comes first, up to the end of its line or of everything: a terminal gives its input line by line."""
        self._ask()
        await self._begun.wait()
        return b"".join(self._pieces).partition(b"\n")[0].decode("utf-8", "surrogateescape")

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._connection.write(encode(Kind.WANT, self._stream))
