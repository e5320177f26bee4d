"""A client that asks the boot server of PXE on this host, as the firmware of a machine does."""

from __future__ import annotations

import asyncio
import secrets
import struct
from ipaddress import IPv4Address

from xcatd.errors import ServiceError
from xcatd.services.asking.inbox import Inbox
from xcatd.services.proxydhcp.answers import DIGEST, PORT
from xcatd.services.proxydhcp.message import options_of

PATIENCE = 2.0
"""Seconds that it may be silent: it is on this host."""


async def ask(mac: str, address: IPv4Address) -> str:
    """The digest of the book out of which it answers a machine. Raises ServiceError when nobody answers as a boot server should."""
    transaction = secrets.token_bytes(4)
    transport, inbox = await asyncio.get_running_loop().create_datagram_endpoint(Inbox, local_addr=("127.0.0.1", 0))
    try:
        transport.sendto(_question(transaction, mac, address), ("127.0.0.1", PORT))
        async with asyncio.timeout(PATIENCE):
            return await _digest(inbox, transaction)
    except TimeoutError as error:
        raise ServiceError(f"proxydhcp does not answer at 127.0.0.1 port {PORT} within {PATIENCE:g} s") from error
    finally:
        transport.close()


def _question(transaction: bytes, mac: str, address: IPv4Address) -> bytes:
    """DHCPREQUEST of a BIOS (RFC 2131, RFC 4578)."""
    hardware = bytes.fromhex(mac.replace(":", ""))
    head = struct.pack(
        "!BBBB4sHH4s12s16s192s", 1, 1, len(hardware), 0, transaction, 0, 0, address.packed, b"", hardware, b""
    )
    options = {53: b"\x03", 60: b"PXEClient", 93: b"\0\0", 55: bytes((66, 67, DIGEST))}
    body = b"".join(bytes((code, len(value))) + value for code, value in options.items())
    return head + bytes((99, 130, 83, 99)) + body + b"\xff"


async def _digest(inbox: Inbox, transaction: bytes) -> str:
    while True:
        packet, _ = await inbox.packets.get()
        if packet[4:8] == transaction:
            return options_of(packet).get(DIGEST, b"").decode(errors="replace")
