"""Asking a DHCP server whether it is there, without a lease: DHCPINFORM (RFC 2131 sections 3.4 and 4.3.5).

The answer goes to port 68 of the address that we say we have, so no client of this host may have that port. A server that
listens on interfaces which our question does not reach is silent: who asks must know that.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import struct
from typing import Final

SERVER_PORT: Final = 67
CLIENT_PORT: Final = 68
_ASKS, _ANSWERS, _ETHERNET = 1, 2, 1
_INFORM, _ACK = 8, 5
_COOKIE: Final = bytes((99, 130, 83, 99))
_HEAD: Final = struct.Struct("!BBBB4sHH4s4s4s4s16s64s128s")
_TYPE, _WANTED, _SUBNET_MASK, _END = 53, 55, 1, 255


async def is_acknowledged(server: str, within: float, again: float) -> bool | None:
    """Whether it answers `within` so many seconds; it is asked every `again` seconds. None: it cannot be asked from here."""
    if ipaddress.ip_address(server).version != 4:
        return None
    try:
        own = _facing(server)
        listening = _listening(own)
    except OSError:  # no way there, or a client of this host has the port
        return None
    with listening:
        transaction = secrets.token_bytes(4)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(within):
                while True:
                    await loop.sock_sendto(listening, question(own, transaction), (server, SERVER_PORT))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(again):
                            await _heard(listening, transaction)
                            return True
        return False


def question(own: str, transaction: bytes) -> bytes:
    """The message of a host that has an address, and asks for its netmask. Its hardware address is a made-up one that is marked as
    such (the bit for locally administered addresses): no host of the tables is meant."""
    hardware = bytes((2, 0, *transaction))
    head = _HEAD.pack(
        *(_ASKS, _ETHERNET, len(hardware), 0, transaction, 0, 0),
        *(socket.inet_aton(own), bytes(4), bytes(4), bytes(4), hardware, b"", b""),
    )
    return head + _COOKIE + bytes((_TYPE, 1, _INFORM, _WANTED, 1, _SUBNET_MASK, _END))


def is_answer(packet: bytes, transaction: bytes) -> bool:
    """Whether a packet is a server's DHCPACK to our question."""
    start = _HEAD.size + len(_COOKIE)
    if len(packet) < start or packet[0] != _ANSWERS or packet[4:8] != transaction:
        return False
    return packet[_HEAD.size : start] == _COOKIE and bytes((_TYPE, 1, _ACK)) in packet[start:]


async def _heard(listening: socket.socket, transaction: bytes) -> None:
    while not is_answer(await asyncio.get_running_loop().sock_recv(listening, 2048), transaction):
        pass


def _facing(server: str) -> str:
    """The address of this host from which packets go there. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((server, SERVER_PORT))
        return str(sender.getsockname()[0])


def _listening(own: str) -> socket.socket:
    """Without SO_REUSEADDR: what is meant for a client of this host is not taken from it. Raises OSError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((own, CLIENT_PORT))
    except OSError:
        made.close()
        raise
    return made
