"""Questions to servers on loopback that the test makes: whatever answers counts, silence does not.

Real servers are asked in tests/integration/test_health.py; here are the answers that they do not give on demand.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from tests.helpers.claims import network
from xcatd.services.health import inform, probes
from xcatd.services.health.aspect import Aspect, Target
from xcatd.services.health.probes import ask

Answer = Callable[[bytes], bytes]


class Server(asyncio.DatagramProtocol):
    """Answers each packet; "" is no answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.heard: list[bytes] = []
        self.thanked = asyncio.Event()
        """An error of TFTP has come."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        if data.startswith(b"\0\5"):
            self.thanked.set()
        if answer := self.answer(data):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def server(port: int, answer: Answer) -> AsyncIterator[tuple[Target, Server]]:
    address = f"{network()}.9.1"
    transport, made = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Server(answer), local_addr=(address, port)
    )
    try:
        yield Target(address, domain="c.net"), made
    finally:
        transport.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is not waited for longer than needed."""
    monkeypatch.setattr(probes, "PATIENCE", 0.3)
    monkeypatch.setattr(probes, "AGAIN_AFTER", 0.1)


@pytest.mark.parametrize(
    "answer",
    [b"\0\5\0\1not found\0", b"\0\3\0\1content", b"\0\6blksize\x001024\0"],
    ids=["no such file", "a file", "options"],
)
async def test_tftp_answers_with_whatever_it_likes_and_is_thanked(answer: bytes) -> None:
    async with server(69, lambda question: answer if question[1] == 1 else b"") as (target, heard):
        assert await ask(Aspect.TFTP, target) is True
        assert heard.heard[0] == b"\0\1xcatd-health\0octet\0"
        async with asyncio.timeout(10):
            await heard.thanked.wait()


async def test_what_is_no_answer_of_its_protocol_is_none() -> None:
    async with server(69, lambda question: b"\0\1hello\0octet\0") as (target, heard):
        assert await ask(Aspect.TFTP, target) is False
        assert len(heard.heard) >= 4  # asked again within a question, and as a whole


async def test_dns_may_refuse() -> None:
    def refuse(question: bytes) -> bytes:
        return question[:2] + struct.pack("!H", 0x8005) + question[4:]

    async with server(53, refuse) as (target, heard):
        assert await ask(Aspect.DNS, target) is True
    assert heard.heard[0][12:] == b"\1c\3net\0" + struct.pack("!HH", 6, 1)


@pytest.mark.parametrize("wrong", [lambda asked: asked, lambda asked: b"xx" + asked[2:], lambda asked: asked[:5]])
async def test_dns_answers_its_question_or_not_at_all(wrong: Answer) -> None:
    async with server(53, wrong) as (target, _):
        assert await ask(Aspect.DNS, target) is False


async def test_an_address_to_which_nothing_leads_does_not_answer() -> None:
    nowhere = Target("192.0.2.1", domain="c.net")
    assert [await ask(aspect, nowhere) for aspect in (Aspect.TFTP, Aspect.DNS)] == [False, False]


def test_a_question_and_its_answer() -> None:
    question = inform.question("10.0.0.1", b"abcd")
    assert (question[0], question[4:8], question[12:16]) == (1, b"abcd", bytes((10, 0, 0, 1)))
    assert question[28:34] == b"\2\0abcd"
    assert question[236:] == bytes((99, 130, 83, 99, 53, 1, 8, 55, 1, 1, 255))
    answer = b"\2" + question[1:236] + bytes((99, 130, 83, 99, 53, 1, 5, 255))
    assert inform.is_answer(answer, b"abcd")
    assert not inform.is_answer(answer, b"abce")
    assert not inform.is_answer(question, b"abcd")
    assert not inform.is_answer(answer[:-4] + b"\1\6\xff", b"abcd")
    assert not inform.is_answer(b"", b"abcd")
