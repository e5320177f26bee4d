"""The way over a terminal server: a TCP port of it is the serial port of a node, with telnet's language or without."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from xcatd.consoles.line import Line, Way
from xcatd.consoles.ways.telnetcode import BREAK, Telnet
from xcatd.errors import NodeError, Unreachable, Unsupported

OPEN_WITHIN = 15.0
LEAVE_WITHIN = 1.0
CHUNK = 1 << 16
ALIVE_AFTER, ALIVE_EVERY, ALIVE_TRIES = 10, 4, 4
"""Seconds of silence after which the kernel asks whether the other side is there, then how often: a dead one is found in 26 s."""


@dataclass(frozen=True, slots=True)
class TelnetWay(Way):
    host: str
    port: int
    kind: str = "telnet"

    def open(self) -> AbstractAsyncContextManager[Line]:
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Line]:
        place = f"{self.host}:{self.port}"
        reader, writer = await _connect(self.host, self.port, place)
        try:
            yield TelnetLine(reader, writer, place)
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(LEAVE_WITHIN):
                    await writer.wait_closed()
            writer.transport.abort()


class TelnetLine(Line):
    """`place`: how sentences call the other side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._place = place
        self._telnet = Telnet()

    async def read(self) -> bytes:
        while True:
            try:
                octets = await self._reader.read(CHUNK)
            except OSError as error:
                raise self._lost(error) from None
            said = self._telnet.heard(octets) if octets else self._telnet.rest()
            self._answer()
            if said or not octets:
                return said

    async def write(self, octets: bytes) -> None:
        await self._send(self._telnet.typed(octets))

    async def send_break(self) -> None:
        if not self._telnet.is_spoken:
            raise Unsupported(f"the port at {self._place} does not speak telnet, so it has no break: set it to telnet")
        await self._send(BREAK)

    def resize(self, rows: int, columns: int) -> None:
        if octets := self._telnet.resized(rows, columns):
            self._writer.write(octets)

    def _answer(self) -> None:
        if self._telnet.answer and not self._writer.is_closing():
            self._writer.write(bytes(self._telnet.answer))
        self._telnet.answer.clear()

    async def _send(self, octets: bytes) -> None:
        try:
            self._writer.write(octets)
            await self._writer.drain()
        except OSError as error:
            raise self._lost(error) from None

    def _lost(self, error: OSError) -> NodeError:
        why = os.strerror(error.errno) if error.errno else "it was closed"
        return Unreachable(f"the connection to the terminal server at {self._place} was lost ({why}): look at it")


async def _connect(host: str, port: int, place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(OPEN_WITHIN):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        raise Unreachable(
            f"no answer from the terminal server at {place} within {OPEN_WITHIN:.3g} s: check nodehm.termserver"
        ) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise Unreachable(
            f"the terminal server at {place} cannot be reached ({why}): check nodehm.termserver and nodehm.termport"
        ) from None
    _watch(writer.get_extra_info("socket"))
    return reader, writer


def _watch(connection: socket.socket) -> None:
    """Without this, one that has lost its power is silent for ever."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, ALIVE_AFTER),
        (socket.TCP_KEEPINTVL, ALIVE_EVERY),
        (socket.TCP_KEEPCNT, ALIVE_TRIES),
        (socket.TCP_USER_TIMEOUT, 1000 * (ALIVE_AFTER + ALIVE_EVERY * ALIVE_TRIES)),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
