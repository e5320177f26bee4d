"""Calls to servers that do not answer as they should. Those that do are in tests/integration/test_kept_nfsserver.py."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from tests.helpers.cluster import free_port
from xcatd.errors import ServiceError
from xcatd.services.nfs.rpc import Answer, Procedure, call, number, text

HERE = IPv4Address("127.0.0.1")
MOUNT = Procedure(100005, 3, 5)
WELL = struct.pack(">4I", 0, 0, 0, 0)
"""Accepted, without a proof of who the server is, and done: RFC 5531, 9."""


def reply(ident: bytes, rest: bytes, kind: int = 1) -> bytes:
    """One whole record."""
    message = ident + number(kind) + rest
    return number(0x8000_0000 | len(message)) + message


async def answered(respond: Callable[[bytes], bytes], within: float = 5.0) -> Answer:
    """What `call` gives when the server answers with these bytes to a call's number."""

    hung_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(4)) & 0x7FFF_FFFF
        writer.write(respond((await reader.readexactly(size))[:4]))
        if within < 1:
            await reader.read()
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    async with await asyncio.start_server(serve, str(HERE), 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            return await call(HERE, port, MOUNT, within=within)
        finally:
            await hung_up.wait()


async def test_an_answer_in_pieces_is_one() -> None:
    def respond(ident: bytes) -> bytes:
        whole = ident + number(1) + WELL + text("/my files") + number(7)
        return number(10) + whole[:10] + number(0x8000_0000 | len(whole) - 10) + whole[10:]

    answer = await answered(respond)
    assert (answer.text(), answer.number()) == ("/my files", 7)


@pytest.mark.parametrize(
    ("respond", "says"),
    [
        (lambda ident: b"", "does not answer: it hangs up"),
        (lambda ident: b"\x80\0", "does not answer: it hangs up"),
        (lambda ident: b"HTTP/1.1 400 Bad Request\r\n", "too long to be meant"),
        (lambda ident: reply(b"\0\0\0\0", WELL), "answers another question"),
        (lambda ident: reply(ident, WELL, kind=0), "answers another question"),
        (lambda ident: reply(ident, number(1)), "does not accept calls"),
        (lambda ident: reply(ident, struct.pack(">4I", 0, 0, 0, 1)), "has no such program"),
        (lambda ident: reply(ident, struct.pack(">4I", 0, 0, 0, 9)), "refuses with status 9"),
        (lambda ident: reply(ident, number(0)), "ends too early"),
    ],
)
async def test_what_is_no_answer_is_said(respond: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(ServiceError, match=says):
        await answered(respond)


async def test_an_answer_that_ends_within_a_string() -> None:
    answer = await answered(lambda ident: reply(ident, WELL + number(5) + b"abc"))
    with pytest.raises(ServiceError, match="ends too early"):
        answer.text()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    with pytest.raises(ServiceError, match=r"does not answer within 0\.1 s"):
        await answered(lambda ident: b"", within=0.1)


async def test_nobody_there() -> None:
    with pytest.raises(ServiceError, match="does not answer: connection refused"):
        await call(HERE, free_port(), MOUNT, within=5)
