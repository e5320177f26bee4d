"""A way over a terminal server: a real telnetd, and a port that knows nothing of telnet."""

from __future__ import annotations

import asyncio
import socket
import struct
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.helpers import farside
from tests.helpers.cluster import free_port
from tests.helpers.consoleways import WITHIN, Far, WayContract, opened, until
from xcatd.consoles.line import Line, Way
from xcatd.consoles.ways.telnet import TelnetWay
from xcatd.errors import Unsupported


class Telnetd(Far):
    """A real one, as inetd would start it: once for each connection, of which the last is kept."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.way = TelnetWay("127.0.0.1", self._door.getsockname()[1])
        self._kept: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []

    async def serve(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._door)
            connection.setblocking(True)
            self._kept.append((connection, self._start(connection)))

    def _start(self, connection: socket.socket) -> subprocess.Popen[bytes]:
        words = ["telnetd", "--exec-login", f"'{self._script}'"]
        return subprocess.Popen(words, stdin=connection.fileno(), stdout=connection.fileno())

    async def vanish(self) -> None:
        """As a terminal server that is started anew: it knows nothing of the connection."""
        connection, process = self._kept[-1]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        process.kill()
        process.wait()
        connection.close()

    async def end(self, line: Line) -> None:
        await line.write(farside.END)
        connection, process = self._kept[-1]
        connection.close()
        await asyncio.to_thread(process.wait)

    def stop(self) -> None:
        for connection, process in self._kept:
            process.kill()
            process.wait()
            connection.close()
        self._door.close()

    def broken(self, said: bytes) -> bool:
        """telnetd turns a break into what quits a program on a terminal; the far side echoes that."""
        return b"\x1c" in said


class TestTelnet(WayContract):
    @pytest.fixture
    async def far(self, script: Path) -> AsyncIterator[Telnetd]:
        telnetd = Telnetd(script)
        try:
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(telnetd.serve())
                yield telnetd
                serving.cancel()
        finally:
            telnetd.stop()

    @pytest.fixture
    def nobody(self) -> Way:
        return TelnetWay("127.0.0.1", free_port())

    @pytest.fixture
    def stranger(self) -> None:
        """Terminal servers ask for passwords in the console itself, if at all."""

    async def test_its_terminal_has_the_size_of_the_window(self, far: Telnetd) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            line.resize(50, 132)
            said = b""
            while b"window 132x50\r\n" not in said:
                await line.write(farside.WINDOW)
                said = await until(line, b"\r\n")


@asynccontextmanager
async def raw_port() -> AsyncIterator[TelnetWay]:
    """A port that echoes, and knows nothing of telnet."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(1 << 16):
            writer.write(octets)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield TelnetWay("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_a_raw_port_gives_all_octets_and_has_no_break() -> None:
    octets = bytes(range(256)) * 16 + b"."
    async with raw_port() as way, asyncio.timeout(WITHIN), way.open() as line:
        await line.write(octets)
        assert await until(line, octets) == octets
        with pytest.raises(Unsupported, match="does not speak telnet"):
            await line.send_break()
