"""A client of HTTP that gets small things from a server of this host (RFC 9112)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.asking.patience import hang_up

PATIENCE = 3.0
"""Seconds that a server may take."""
_MOST = 1 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


async def get(path: str, host: str, port: int) -> Answer:
    """What a server gives for a path. Raises ServiceError when nobody answers as a server should."""
    where = f"at {host} port {port}"
    try:
        async with asyncio.timeout(PATIENCE):
            return _answer(await _exchange(path, host, port))
    except TimeoutError as error:
        raise ServiceError(f"The HTTP server {where} does not answer within {PATIENCE:g} s") from error
    except (OSError, ValueError, IndexError) as error:
        raise ServiceError(f"No HTTP server answers {where}: {error}") from error


async def _exchange(path: str, host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: xcatd\r\n\r\n".encode())
        await writer.drain()
        return await _all(reader)
    finally:
        await hang_up(writer)


async def _all(reader: asyncio.StreamReader) -> bytes:
    octets = b""
    while len(octets) < _MOST and (more := await reader.read(_MOST - len(octets))):
        octets += more
    return octets


def _answer(octets: bytes) -> Answer:
    head, _, body = octets.partition(b"\r\n\r\n")
    first = head.split(b"\r\n", 1)[0].split(b" ")
    if not first[0].startswith(b"HTTP/"):
        raise ValueError("what it says is no HTTP")
    return Answer(int(first[1]), body.decode(errors="replace"))
