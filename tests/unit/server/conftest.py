"""A door on a Unix socket, with a hall and a real database behind it, in this process."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.cluster import PATIENCE
from tests.helpers.run import Desk, desk
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import Denied
from xcatd.hierarchy import Link
from xcatd.server import Connection, Door
from xcatd.tls import RevocationList


@dataclass(frozen=True)
class Room:
    """A door, what is behind it, and the way to it."""

    door: Door
    desk: Desk
    path: Path

    async def enter(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)

    async def say(self, sent: bytes) -> bytes:
        """What comes back until the door closes the connection, after `sent` and the end of it."""
        reader, writer = await self.enter()
        try:
            writer.write(sent)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        finally:
            writer.close()


@pytest.fixture
async def room(tmp_path: Path, empty_database: Path) -> AsyncIterator[Room]:
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "door.sock"))
        local.listen()
        local.setblocking(False)
        async with desk(tmp_path, database=empty_database) as there, Supervisor() as supervisor:
            door = Door(there.hall, _no_tls, RevocationList(tmp_path / "crl.pem"), _no_daemons, supervisor.spawn)
            door.open(local, secure=False)
            yield Room(door, there, tmp_path / "door.sock")
            door.shut()
            for connection in list(door.inside):
                connection.close()


def _no_tls() -> ssl.SSLContext:
    raise AssertionError("nobody speaks TLS on a Unix socket")


def _no_daemons(connection: Connection, greeting: bytes) -> Link:
    raise Denied("No daemon is expected here")
