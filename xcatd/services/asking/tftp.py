"""A client of TFTP (RFC 1350) that reads small files."""

from __future__ import annotations

import asyncio
import struct
from ipaddress import ip_address

from xcatd.errors import ServiceError
from xcatd.services.asking.inbox import Inbox

PORT = 69
PATIENCE = 3.0
"""Seconds that a server may be silent: it is on this host."""
_AGAIN_AFTER = 0.5
_READ, _DATA, _ACK, _ERROR = 1, 3, 4, 5
_NOT_FOUND = 1
"""Code of an error (RFC 1350, appendix)."""
_BLOCK = 512


class NoSuchFile(ServiceError):
    """The server answers, and has no such file."""


async def read_by_tftp(name: str, host: str, port: int = PORT) -> bytes:
    """The content of a file. Raises NoSuchFile, and ServiceError when nobody answers as a server should."""
    loop = asyncio.get_running_loop()
    any_address = str(ip_address(host).__class__(0))
    transport, inbox = await loop.create_datagram_endpoint(Inbox, local_addr=(any_address, 0))
    try:
        async with asyncio.timeout(PATIENCE):
            return await _read(transport, inbox, name, (host, port))
    except TimeoutError as error:
        raise ServiceError(f"The TFTP server does not answer at {host} port {port} within {PATIENCE:g} s") from error
    finally:
        transport.close()


async def _read(transport: asyncio.DatagramTransport, inbox: Inbox, name: str, server: tuple[str, int]) -> bytes:
    content = b""
    packet, where = struct.pack("!H", _READ) + name.encode() + b"\0octet\0", server
    for number in range(1, 1 << 16):
        data, where = await _answer(transport, inbox, packet, where, number)
        content += data
        packet = struct.pack("!HH", _ACK, number)
        if len(data) < _BLOCK:
            transport.sendto(packet, where)
            break
    return content


async def _answer(
    transport: asyncio.DatagramTransport, inbox: Inbox, packet: bytes, where: tuple[str, int], number: int
) -> tuple[bytes, tuple[str, int]]:
    """The block of this number, and from which port the server goes on."""
    while True:
        transport.sendto(packet, where)
        try:
            async with asyncio.timeout(_AGAIN_AFTER):
                return await _block(inbox, number)
        except TimeoutError:
            continue


async def _block(inbox: Inbox, number: int) -> tuple[bytes, tuple[str, int]]:
    while True:
        packet, sender = await inbox.packets.get()
        kind, code = struct.unpack("!HH", packet[:4]) if len(packet) >= 4 else (0, 0)
        if kind == _ERROR:
            text = packet[4:].rstrip(b"\0").decode(errors="replace")
            raise (NoSuchFile if code == _NOT_FOUND else ServiceError)(
                f"The TFTP server refuses: {text} (error {code})"
            )
        if (kind, code) == (_DATA, number):
            return packet[4:], sender
