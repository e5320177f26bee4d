"""Datagrams to one agent and back: sent again at growing intervals until an answer comes. The deadline is around it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from xcatd.errors import Malformed, Unreachable

T = TypeVar("T")

FIRST_WAIT = 0.5
"""Seconds until a question is sent again; doubled each time."""


class Channel:
    """A socket that hears this agent only. Use as `async with Channel(host, port)`."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._inbox: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._number = random.randrange(1 << 30)  # noqa: S311 - it tells answers apart, and is no secret
        self.is_garbled = False
        """Whether something came that is no SNMP."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(*self._place)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f'"{self._place[0]}" does not resolve: set hosts.ip of the PDU, or add it to /etc/hosts or the DNS'
            ) from error
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Letters(self._inbox), remote_addr=found[0][4][:2]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._transport is not None:
            self._transport.close()

    def number(self) -> int:
        """For the next question."""
        self._number = (self._number + 1) % (1 << 31)
        return self._number

    async def ask(self, packet: bytes, read: Callable[[bytes], T | None]) -> T:
        """What `read` makes of an answer. It gives None for one to something else, and raises Malformed for what is none; then
        the next one is waited for. Raises OSError."""
        assert self._transport is not None, "outside of its block"
        wait = FIRST_WAIT
        while True:
            self._transport.sendto(packet)
            try:
                async with asyncio.timeout(wait):
                    return await self._hear(read)
            except TimeoutError:
                wait *= 2

    async def _hear(self, read: Callable[[bytes], T | None]) -> T:
        while True:
            letter = await self._inbox.get()
            if isinstance(letter, Exception):
                raise letter
            try:
                answer = read(letter)
            except Malformed:
                self.is_garbled = True
            else:
                if answer is not None:
                    return answer


class _Letters(asyncio.DatagramProtocol):
    def __init__(self, inbox: asyncio.Queue[bytes | Exception]) -> None:
        self._inbox = inbox

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._inbox.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self._inbox.put_nowait(exc)
