"""What is said where no server answers as it should."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.helpers.cluster import free_port
from xcatd.errors import ServiceError
from xcatd.services.asking.ftp import read_as_anybody
from xcatd.services.asking.http import get
from xcatd.services.asking.patience import hang_up, patiently
from xcatd.services.asking.tftp import read_by_tftp


@asynccontextmanager
async def saying(words: bytes) -> AsyncIterator[int]:
    """A server that says this to all who call, whatever they say; gives its port."""
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.write_eof()
        await reader.read()
        await hang_up(writer)
        ended.set()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await ended.wait()


async def test_nobody_is_there() -> None:
    port = free_port()
    with pytest.raises(ServiceError, match=f"No HTTP server answers at 127.0.0.1 port {port}"):
        await get("/", "127.0.0.1", port)
    with pytest.raises(ServiceError, match=f"No FTP server answers at 127.0.0.1 port {port}"):
        await read_as_anybody("", "127.0.0.1", port)


@pytest.mark.parametrize("words", [b"", b"220 ready\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 much\r\n\r\n"])
async def test_what_is_no_http(words: bytes) -> None:
    async with saying(words) as port:
        with pytest.raises(ServiceError, match=r"No HTTP server answers at 127\.0\.0\.1"):
            await get("/", "127.0.0.1", port)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (b"", "The FTP server answers a caller with: nothing"),
        (b"421 too many\r\n", "The FTP server answers a caller with: 421 too many"),
        (b"220 a\r\n530 no\r\n", "The FTP server answers USER anonymous with: 530 no"),
        (b"220-a\r\n220 b\r\n331 c\r\n500 OOPS: d\r\n", "The FTP server answers PASS xcatd@ with: 500 OOPS: d"),
        (b"220 a\r\n230 b\r\n229 (|||x|)\r\n", "does not say where its data is: 229"),
    ],
)
async def test_what_an_ftp_server_says_is_passed_on(words: bytes, sentence: str) -> None:
    async with saying(words) as port:
        with pytest.raises(ServiceError) as caught:
            await read_as_anybody("", "127.0.0.1", port)
    assert sentence in str(caught.value)


async def test_a_tftp_server_that_refuses() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_refused(server.getsockname()[1]))
            _, caller = await asyncio.get_running_loop().sock_recvfrom(server, 100)
            server.sendto(b"\0\5\0\2Access violation\0", caller)
    assert reading.result() == "The TFTP server refuses: Access violation (error 2)"


async def _refused(port: int) -> str:
    with pytest.raises(ServiceError) as caught:
        await read_by_tftp("name", "127.0.0.1", port)
    return str(caught.value)


async def test_who_is_patient_hears_the_last_reason() -> None:
    reasons = iter(["first", "second"])

    async def never() -> None:
        raise ServiceError(next(reasons, "last"))

    async def at_last() -> None:
        if reason := next(reasons, ""):
            raise ServiceError(reason)

    await patiently(at_last)
    with pytest.raises(ServiceError, match="last"):
        await patiently(never, within=0)
