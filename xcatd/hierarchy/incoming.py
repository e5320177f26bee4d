"""A request of a peer in our hands, and the way back for its replies."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xcatd.hierarchy.credit import BATCH, BATCH_TEXT, CREDIT
from xcatd.hierarchy.keys import Keys
from xcatd.model import Ended, Failure, Line, NodeBlock, Reply, Request, length_of
from xcatd.protocol.frames import Kind
from xcatd.protocol.wire import replies_to_json

if TYPE_CHECKING:
    from xcatd.hierarchy.link import Link


class Served:
    """One request, on one stream of a link; the sink of its replies."""

    def __init__(self, link: Link, stream: int, request: Request) -> None:
        self.stream = stream
        self.request = request
        self.task: asyncio.Task[None] | None = None
        self._link = link
        self._pending: deque[Reply] = deque()
        self._length = 0
        """Characters that are pending."""
        self._credit = CREDIT
        self._room = asyncio.Event()
        self._room.set()
        self._due = False
        self._asked = False
        self._input: list[bytes] = []
        self._answered = asyncio.Event()
        self.keys = Keys(lambda kind, payload: link.send(kind, stream, payload))
        """The caller's terminal, wherever it is."""

    async def stdin(self) -> str:
        """The caller's standard input, fetched from where the caller is."""
        if not self._asked:
            self._asked = True
            self._link.send(Kind.WANT, self.stream)
        await self._answered.wait()
        return b"".join(self._input).decode("utf-8", "surrogateescape")

    def told(self, kind: int, payload: bytes) -> None:
        if kind == Kind.WINDOW or (kind == Kind.INPUT and self.keys.asked):
            self.keys.take(Kind(kind), payload)
        elif kind == Kind.INPUT and payload:
            self._input.append(payload)
        elif kind == Kind.INPUT:
            self._answered.set()
        else:
            self._credit += CREDIT // 2
            self._flush()

    @property
    def flowing(self) -> bool:
        return self._room.is_set()

    async def send(self, reply: Reply) -> None:
        await self._room.wait()
        self._pending.append(reply)
        self._length += length_of(reply)
        if self._is_due(reply):
            self._flush()
            await asyncio.sleep(0)  # a command that talks without pause lets others have their turn
        elif not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flush)

    async def flushed(self) -> None:
        """Wait until everything is on its way."""
        self._flush()
        while self._pending:
            await self._room.wait()
            self._flush()

    def _is_due(self, reply: Reply) -> bool:
        """Whether enough has gathered. A node's line waits a little for the word that this was all of the node.

        If we died between the two, the daemon that does the node in our place would say it a second time.
        """
        of_node = isinstance(reply, NodeBlock) or (isinstance(reply, Line | Failure) and reply.node is not None)
        patience = 2 if of_node else 1
        return len(self._pending) >= patience * BATCH or self._length >= patience * BATCH_TEXT

    def _flush(self) -> None:
        self._due = False
        while self._pending and self._credit > 0:
            self._credit -= 1
            self._link.send(Kind.REPLIES, self.stream, replies_to_json(list(self._batch())))
        if self._pending:
            self._room.clear()
        else:
            self._room.set()

    def _batch(self) -> Iterator[Reply]:
        count = length = 0
        while self._pending and ((count < BATCH and length < BATCH_TEXT) or isinstance(self._pending[0], Ended)):
            reply = self._pending.popleft()
            count, length = count + 1, length + length_of(reply)
            yield reply
        self._length -= length
