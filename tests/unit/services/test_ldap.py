"""The question to an LDAP server and its answers, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from xcatd.services.ldap import Result, ask, search

ENTRY = bytes.fromhex(
    "3026020101642104003 01d301b0414737570706f727465644c44415056657273696f6e3103040133".replace(" ", "")
)
DONE = bytes.fromhex("300c02010165070a010004000400")
REFUSED = bytes.fromhex("300c02010165070a013004000400")
BUSY = bytes.fromhex("30840000000c02010165070a013304000400")


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(search())) == search()
        for answer in answers:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def test_the_question_is_a_search_for_the_root() -> None:
    assert search() == bytes.fromhex(
        "303b020101633604000a01000a0100020100020100010100870b6f626a656374436c617373"
        "30160414737570706f727465644c44415056657273696f6e"
    )


@pytest.mark.parametrize(
    ("answers", "result"),
    [([ENTRY, DONE], Result(0)), ([REFUSED], Result(48)), ([BUSY], Result(51))],
)
async def test_answers(answers: list[bytes], result: Result) -> None:
    async with answering(*answers) as port:
        assert await ask("127.0.0.1", port, 20) == result


def test_which_answers_are_trouble() -> None:
    assert [Result(code).is_trouble for code in (0, 48, 51)] == [False, False, True]
    assert Result(51).name == "busy"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        DONE[:5],
        b"\x30\x05\x04\x01\x01\x65\x00",
        b"\x30\x07\x02\x01\x01\x65\x02\x0a\x01",
    ],
)
async def test_what_is_no_ldap(answer: bytes) -> None:
    async with answering(answer) as port:
        assert await ask("127.0.0.1", port, 0.05) is None
