"""Packets of NTP."""

from __future__ import annotations

import asyncio
import socket

from xcatd.services.ntp.query import Answer, answer_in, ask, question

TOKEN = b"12345678"


def packet(first: int, stratum: int, token: bytes = TOKEN) -> bytes:
    return bytes((first, stratum)) + bytes(22) + token + bytes(16)


def test_a_question_is_a_clients_packet() -> None:
    asked = question(TOKEN)
    assert (len(asked), asked[0], asked[40:]) == (48, 0x23, TOKEN)


def test_answers() -> None:
    assert answer_in(packet(0x24, 2), TOKEN) == Answer(2, True)
    assert answer_in(packet(0xE4, 0), TOKEN) == Answer(0, False)
    assert answer_in(packet(0x24, 16), TOKEN) == Answer(16, False)


def test_what_is_no_answer() -> None:
    assert answer_in(packet(0x23, 2), TOKEN) is None, "a client's"
    assert answer_in(packet(0x24, 2, b"87654321"), TOKEN) is None, "to somebody else"
    assert answer_in(packet(0x24, 2)[:47], TOKEN) is None


async def test_it_asks_again_until_somebody_answers() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        loop = asyncio.get_running_loop()

        async def serve() -> None:
            await loop.sock_recvfrom(server, 100)  # the first one is lost
            asked, caller = await loop.sock_recvfrom(server, 100)
            await loop.sock_sendto(server, packet(0x24, 3, asked[40:]), caller)

        async with asyncio.TaskGroup() as group:
            group.create_task(serve())
            answer = group.create_task(ask("127.0.0.1", 20, server.getsockname()[1]))
        assert answer.result() == Answer(3, True)


async def test_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert await ask("127.0.0.1", 0.05, port) is None
