"""A BMC that misbehaves on command, on a real UDP socket in the test's own event loop.

Its brain is `Miniature`; this is the network around it, which loses, repeats, delays, reorders and invents datagrams.
What it does not do: more than one BMC per object, rate limits, and anything at the level of IP (a closed port is a
closed port). For a BMC that simply works, use `tests.simulators.bmcs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from tests.simulators.miniature import Miniature

Address = tuple[str, int]


class Responder(asyncio.DatagramProtocol):
    """Set a field, and from the next datagram on it behaves so.

    `silent`: answers nothing. `loses`: how many of the next datagrams get lost on their way to it. `loses_answers`: the
    numbers, counted from 0, of its answers that get lost after it has acted. `dies_after`: how many datagrams it still
    hears (None: all). `copies`: how often each answer arrives. `replays`: before each answer, all earlier ones arrive
    again. `noise`: datagrams that arrive before each answer. `stumps`: before each answer all its beginnings arrive, as if it
    were cut off. `delay`: seconds that each answer takes.
    """

    def __init__(self, bmc: Miniature) -> None:
        self.bmc = bmc
        self.silent = False
        self.loses = 0
        self.loses_answers: set[int] = set()
        self.dies_after: int | None = None
        self.copies = 1
        self.replays = False
        self.noise: tuple[bytes, ...] = ()
        self.stumps = False
        self.delay = 0.0
        self.answers = 0
        self.received: list[bytes] = []
        self.sent: list[bytes] = []
        self._news = asyncio.Event()
        self._transport: asyncio.DatagramTransport

    @property
    def place(self) -> Address:
        """Host and port."""
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that it received has made `condition` true."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.received.append(data)
        answer = None if self._is_lost() else self.bmc.answer(data)
        self._news.set()
        if answer is None:
            return
        self.answers += 1
        if self.answers - 1 in self.loses_answers:
            return
        asyncio.get_running_loop().call_later(self.delay, self._send, answer, addr)

    def error_received(self, exc: Exception) -> None:
        """A client that has gone away does not disturb a BMC."""

    def _is_lost(self) -> bool:
        if self.dies_after is not None:
            self.silent = self.silent or self.dies_after == 0
            self.dies_after = max(0, self.dies_after - 1)
        if self.loses:
            self.loses -= 1
            return True
        return self.silent

    def _send(self, answer: bytes, to: Address) -> None:
        if self._transport.is_closing():
            return
        stumps = [answer[:length] for length in range(len(answer))] if self.stumps else []
        for datagram in (*self.noise, *stumps, *(self.sent if self.replays else ()), *([answer] * self.copies)):
            self._transport.sendto(datagram, to)
        self.sent.append(answer)


@asynccontextmanager
async def responder(bmc: Miniature | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Responder]:
    """A responder on a port of `host`, 0: on a free one, for the length of the block."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: Responder(bmc or Miniature()), local_addr=(host, port)
    )
    try:
        yield protocol
    finally:
        transport.close()
