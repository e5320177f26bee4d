"""A request of ours in a peer's hands: waiting for its acceptance, then passing on what comes back."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xcatd.api import ReadStdin, Sink
from xcatd.errors import PeerLost
from xcatd.hierarchy.credit import CREDIT
from xcatd.hierarchy.keys import packed
from xcatd.hierarchy.refusal import NotDelivered, refusal
from xcatd.model import Size, Terminal
from xcatd.protocol.frames import Kind
from xcatd.protocol.wire import replies_from_json

if TYPE_CHECKING:
    from xcatd.hierarchy.link import Link

PIECE = 1 << 18
"""Bytes of standard input in one frame."""


class Call:
    """One request, on one stream of a link."""

    def __init__(self, link: Link, stream: int) -> None:
        self._link = link
        self._stream = stream
        self._accepted = asyncio.get_running_loop().create_future()
        self._batches: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._status: Mapping[str, Any] | None = None
        self._wanted = False
        self._broken = False
        self._terminal: Terminal | None = None
        self._may_type = 0
        """Bytes of keys that the peer takes now."""
        self._more_keys = asyncio.Event()

    @property
    def over(self) -> bool:
        return self._status is not None or self._broken

    def told(self, kind: int, payload: bytes) -> None:
        if kind == Kind.ACCEPTED:
            self._go()
        elif kind == Kind.REPLIES:
            self._batches.append(payload)
        elif kind == Kind.WANT:
            self._wanted = True
        elif kind == Kind.KEYS:
            self._may_type += int(payload)
            self._more_keys.set()
        elif kind == Kind.SUSPEND:
            if self._terminal is not None:
                self._terminal.suspend()
        else:
            self._status = json.loads(payload)
            self._go()  # a request that is refused is not accepted before
        self._news.set()

    def _go(self) -> None:
        if not self._accepted.done():
            self._accepted.set_result(None)

    def broken(self) -> None:
        self._broken = True
        if not self._accepted.done():
            self._accepted.set_exception(NotDelivered(f"the link to {self._link.name} broke"))
            self._accepted.exception()
        self._news.set()

    async def acceptance(self, wait: float | None) -> None:
        try:
            async with asyncio.timeout(wait):
                await self._accepted
        except TimeoutError:
            self._link.doubted = True
            raise NotDelivered(f"{self._link.name} did not take it within {wait:.2f} s") from None

    async def relay(self, sink: Sink, stdin: ReadStdin, terminal: Terminal | None) -> int:
        """Pass on what comes back until all has; gives the exit status. Raises PeerLost, Refused and what the sink raises."""
        if terminal is None:
            return await self._relay(sink, stdin)
        self._terminal = terminal
        try:
            async with asyncio.TaskGroup() as group:
                typing = group.create_task(self._type(terminal))
                status = await self._relay(sink, stdin)
                typing.cancel()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return status

    async def _type(self, terminal: Terminal) -> None:
        """Pass keys on once they are asked for, as many as the peer takes."""
        await self._more_keys.wait()
        if terminal.size is not None:
            self._link.send(Kind.WINDOW, self._stream, packed(terminal.size))
        while (key := await terminal.key()) is not None:
            if isinstance(key, Size):
                self._link.send(Kind.WINDOW, self._stream, packed(key))
                continue
            self._may_type -= len(key.octets)
            self._link.send(Kind.INPUT, self._stream, key.octets)
            while self._may_type <= 0:
                self._more_keys.clear()
                await self._more_keys.wait()
        self._link.send(Kind.INPUT, self._stream)

    async def _relay(self, sink: Sink, stdin: ReadStdin) -> int:
        read = 0
        while True:
            if self._wanted:
                self._wanted = False
                await self._give((await stdin()).encode("utf-8", "surrogateescape"))
            while self._batches:
                for reply in replies_from_json(self._batches.popleft()):
                    await sink.send(reply)
                read += 1
                if read % (CREDIT // 2) == 0:
                    self._link.send(Kind.CREDIT, self._stream)
            if self._status is not None:
                if error := self._status.get("error"):
                    raise refusal(self._link.name, str(self._status.get("code")), error)
                return int(self._status["status"])
            if self._broken:
                raise PeerLost(f"the link to {self._link.name} broke while it worked on the request")
            self._news.clear()
            await self._news.wait()

    async def _give(self, text: bytes) -> None:
        """Standard input in pieces, an empty one as its end."""
        for start in range(0, len(text), PIECE):
            self._link.send(Kind.INPUT, self._stream, text[start : start + PIECE])
            await self._link.wire.drain()
        self._link.send(Kind.INPUT, self._stream)
