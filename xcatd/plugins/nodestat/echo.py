"""Whether an address answers an ICMP echo request (RFC 792, RFC 4443 section 4.1)."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from ipaddress import IPv4Address, IPv6Address

_ASK = {4: 8, 6: 128}
_ANSWER = {4: 0, 6: 129}
_HEADER = struct.Struct("!BBHHH")
_TRIES = 2


async def answers_echo(address: IPv4Address | IPv6Address, seconds: float) -> bool | None:
    """Whether it answers within so many seconds. None: this host lets nobody ask (ping_group_range, CAP_NET_RAW; icmp(7))."""
    channel = _socket(address.version)
    if channel is None:
        return None
    with channel:
        channel.setblocking(False)
        mark = secrets.token_bytes(16)
        try:
            channel.connect((str(address), 0))  # sends nothing, and need not wait
            for _ in range(_TRIES):
                await asyncio.get_running_loop().sock_sendall(channel, _request(address.version, mark))
                if await _heard(channel, address.version, mark, seconds / _TRIES):
                    return True
        except OSError:  # no route, or a router says that nobody is there
            return False
    return False


def _socket(version: int) -> socket.socket | None:
    """One for which the kernel keeps the number of the conversation, else a raw one."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    protocol = socket.IPPROTO_ICMP if version == 4 else socket.IPPROTO_ICMPV6
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind, protocol)
        except OSError:  # not allowed here, or no IPv6
            continue
    return None


def _request(version: int, mark: bytes) -> bytes:
    """The mark tells our answer from another's: a raw socket hears all of this address."""
    number = int.from_bytes(mark[:2], "big")
    bare = _HEADER.pack(_ASK[version], 0, 0, number, 1) + mark
    return _HEADER.pack(_ASK[version], 0, _checksum(bare), number, 1) + mark


def _checksum(data: bytes) -> int:
    """RFC 1071; over IPv6 the kernel makes its own."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


async def _heard(channel: socket.socket, version: int, mark: bytes, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while True:
                data = await asyncio.get_running_loop().sock_recv(channel, 2048)
                if data.endswith(mark) and data[-len(mark) - _HEADER.size] == _ANSWER[version]:
                    return True
    except TimeoutError:
        return False
