"""Name servers that misbehave, on loopback: each answers a message with what a function makes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import dns.tsig

from tests.simulators.named import KEY, OTHER_KEY

Answer = Callable[[bytes], bytes | None]
"""Gives the octets to send, with the length before them; None hangs up."""


@contextlib.asynccontextmanager
async def bad_server(answer: Answer) -> AsyncIterator[int]:
    """Its port of 127.0.0.1."""

    callers: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                octets = answer(await reader.readexactly(length))
                if octets is None:
                    break
                writer.write(octets)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        await asyncio.gather(*filter(None, callers))


def framed(octets: bytes) -> bytes:
    return len(octets).to_bytes(2, "big") + octets


def silent(question: bytes) -> bytes:
    return b""


def hangs_up(question: bytes) -> None:
    return None


def hangs_up_in_the_middle(question: bytes) -> bytes:
    return framed(question)[:-3]


def noise(question: bytes) -> bytes:
    return framed(question[:2] + b"\xff" * 40)


def other_number(question: bytes) -> bytes:
    return framed(bytes((question[0], question[1] ^ 0x55)) + question[2:])


def unsigned(question: bytes) -> bytes:
    """It says yes to every update, and signs nothing (RFC 2136 section 3.8: a header, and the zone as it was asked)."""
    end_of_zone = question.index(b"\0", 12) + 5
    return framed(question[:2] + b"\xa8\0" + b"\0\1\0\0\0\0\0\0" + question[12:end_of_zone])


def signed_by_another(question: bytes) -> bytes:
    response = _response(question)
    response.use_tsig(dns.tsig.Key(OTHER_KEY.name, OTHER_KEY.secret.reveal(), OTHER_KEY.algorithm))
    return framed(response.to_wire())


def bad_time(question: bytes) -> bytes:
    """BADTIME, as a server says whose clock is another one (RFC 8945 section 5.2.3)."""
    query = dns.message.from_wire(question, keyring=_KEY)
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.NOTAUTH)
    response.use_tsig(_KEY, tsig_error=dns.rcode.BADTIME)
    return framed(response.to_wire())


def unsigned_zone(question: bytes) -> bytes:
    """A whole zone that is not signed, as somebody on the way could send it."""
    response = _response(question)
    soa = "ns.cluster.net. root.cluster.net. 1 2 3 4 5"
    zone = response.question[0].name
    for kind, text in (("SOA", soa), ("A", "192.0.2.66"), ("SOA", soa)):
        response.answer.append(dns.rrset.from_text(zone, 60, "IN", kind, text))
    return framed(response.to_wire())


_KEY = dns.tsig.Key(KEY.name, KEY.secret.reveal(), KEY.algorithm)


def _response(question: bytes) -> dns.message.Message:
    response = dns.message.make_response(dns.message.from_wire(question, keyring=_KEY))
    response.tsig = None
    response.flags |= dns.flags.AA
    return response
