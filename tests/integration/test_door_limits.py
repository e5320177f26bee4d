"""What the door grants to a caller who asks for nothing, or for too much: a real door with small limits, in this process."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.cluster import PATIENCE, Daemon, build
from tests.helpers.conversation import Answer, request
from tests.helpers.run import desk
from tests.helpers.xmlclient import client_context
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import Denied
from xcatd.hierarchy import Link
from xcatd.protocol.frames import Kind, encode
from xcatd.server import Connection, Door, DoorLimits
from xcatd.tls import RevocationList, TlsFiles, server_context

CWD = "/"


@dataclass(frozen=True)
class Doorway:
    """Where the two languages are spoken, and by whom."""

    door: Door
    port: int
    path: Path
    credentials: Path

    async def port_(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=client_context(self.credentials))

    async def socket_(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """A host that is set up; its daemon does not run."""
    return build(tmp_path_factory.mktemp("limits"), ()).management


@asynccontextmanager
async def doorway(host: Daemon, folder: Path, limits: DoorLimits) -> AsyncIterator[Doorway]:
    cert = host.root / "etc/xcat/cert"
    context = server_context(TlsFiles.server(cert))
    with socket.create_server(("127.0.0.1", 0)) as secure, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(folder / "door.sock"))
        local.listen()
        for listener in (secure, local):
            listener.setblocking(False)
        async with desk(folder, database=host.root / "etc/xcat/xcat.sqlite") as there, Supervisor() as supervisor:
            door = Door(
                hall=there.hall,
                context=lambda: context,
                revocations=RevocationList(cert / "crl.pem"),
                welcome=_no_daemons,
                spawn=supervisor.spawn,
                limits=limits,
            )
            door.open(secure, secure=True)
            door.open(local, secure=False)
            yield Doorway(door, secure.getsockname()[1], folder / "door.sock", host.credentials)
            door.shut()
            for connection in list(door.inside):
                connection.close()


def _no_daemons(connection: Connection, greeting: bytes) -> Link:
    raise Denied("No daemon is expected here")


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the door is shut on us, which must happen."""
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


def typed(stream: int, *words: str) -> bytes:
    return encode(Kind.REQUEST, stream, json.dumps({"argv": words, "cwd": CWD, "env": {}, "tty": False}).encode())


def frames(data: bytes) -> list[tuple[str, int, bytes]]:
    found = []
    while data:
        size, kind, stream = struct.unpack(">IcI", data[:9])
        found.append((kind.decode(), stream, data[9 : 9 + size]))
        data = data[9 + size :]
    return found


def errors(data: bytes) -> list[str]:
    return [payload.decode() for kind, _, payload in frames(data) if kind == "E"]


IMPATIENT = DoorLimits(idle=0.05)


async def test_who_asks_for_nothing_is_shown_out(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, IMPATIENT) as place:
        for connect in (place.port_, place.socket_):
            reader, writer = await connect()
            assert await rest(reader) == b""
            writer.close()


async def test_who_has_had_an_answer_and_asks_no_more_is_shown_out(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, IMPATIENT) as place:
        reader, writer = await place.port_()
        writer.write(request("lsxcatd", "-t"))
        assert Answer(await rest(reader)).texts("data") == ["This is a Management Node"]
        writer.close()
        reader, writer = await place.socket_()
        writer.write(typed(1, "lsxcatd", "-t"))
        assert frames(await rest(reader)) == [("O", 1, b"This is a Management Node\n"), ("X", 1, b"0")]
        writer.close()


async def test_who_waits_for_an_answer_is_not(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, IMPATIENT) as place:
        reader, writer = await place.socket_()
        writer.write(typed(1, "chdef", "-z"))
        async with asyncio.timeout(PATIENCE):
            assert await reader.readexactly(9) == encode(Kind.WANT, 1)
        await asyncio.sleep(4 * IMPATIENT.idle)
        writer.write(encode(Kind.INPUT, 1))
        assert [payload for kind, _, payload in frames(await rest(reader)) if kind == "X"] == [b"1"]
        writer.close()


async def test_a_connection_carries_only_so_many_requests_at_once(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits(streams=2)) as place:
        reader, writer = await place.socket_()
        writer.write(b"".join(typed(stream, "chdef", "-z") for stream in (1, 2, 3)))
        said = errors(await rest(reader))
        assert said == ["Error: More than 2 requests at once on one connection: wait for an answer first\n"]
        writer.close()


async def test_a_stream_carries_one_request_at_a_time(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits()) as place:
        reader, writer = await place.socket_()
        writer.write(typed(7, "chdef", "-z") + typed(7, "lsxcatd", "-t"))
        assert errors(await rest(reader)) == ["Error: Stream 7 still has a request under way: take another one\n"]
        writer.close()


async def test_requests_of_several_streams_run_side_by_side(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits()) as place:
        reader, writer = await place.socket_()
        writer.write(typed(1, "chdef", "-z") + typed(2, "lsxcatd", "-t"))
        async with asyncio.timeout(PATIENCE):
            said = await reader.readuntil(encode(Kind.EXIT, 2, b"0"))
        assert ("O", 2, b"This is a Management Node\n") in frames(said)
        writer.write(encode(Kind.ABORT, 1))
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readuntil(b"130")).endswith(encode(Kind.EXIT, 1, b"130"))
        writer.close()


async def test_standard_input_has_an_end(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits(stdin=100)) as place:
        reader, writer = await place.socket_()
        writer.write(typed(1, "chdef", "-z") + encode(Kind.INPUT, 1, b"x" * 60))
        async with asyncio.timeout(PATIENCE):
            await reader.readexactly(9)
        writer.write(encode(Kind.INPUT, 1, b"x" * 60))
        said = errors(await rest(reader))
        assert said == ["Error: The standard input is longer than the 100 bytes allowed: send less at once\n"]
        writer.close()


async def test_an_abort_in_the_same_breath_as_the_request_is_answered(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits()) as place:
        reader, writer = await place.socket_()
        writer.write(typed(1, "chdef", "-z") + encode(Kind.ABORT, 1))
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readuntil(b"130")).endswith(encode(Kind.EXIT, 1, b"130"))
        writer.close()


async def test_a_full_house_lets_the_next_one_in_when_somebody_leaves(host: Daemon, tmp_path: Path) -> None:
    async with doorway(host, tmp_path, DoorLimits(connections=2)) as place:
        first, second = await place.socket_(), await place.port_()
        reader, writer = await place.socket_()  # the system's queue takes it
        writer.write(typed(1, "lsxcatd", "-t"))
        second[1].write(request("lsxcatd", "-t"))  # who is inside is served
        async with asyncio.timeout(PATIENCE):
            await second[0].readuntil(b"<serverdone>")
        assert len(place.door.inside) == 2
        first[1].close()
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readuntil(b"X")).endswith(b"X")
        for _, each in (second, (reader, writer)):
            each.close()


async def test_who_does_not_finish_the_handshake_is_shown_out(
    host: Daemon, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with doorway(host, tmp_path, DoorLimits(handshake=0.05)) as place:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        assert await rest(reader) == b""
        writer.close()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "no handshake with 127.0.0.1: The peer did not finish the TLS handshake in time."
    ]
