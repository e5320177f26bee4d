"""A router of IPv6 that routes nothing: it only says so, as every network with firmware for IPv6 needs it.

    python -m tests.lab.advertise INTERFACE

Without a router advertisement (RFC 4861, 4.2) iPXE waits a quarter of a minute for one.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from contextlib import suppress

EVERY = 2.0
"""Seconds between two that nobody has asked for."""
_ALL_NODES, _ALL_ROUTERS = "ff02::1", "ff02::2"
_ADVERTISEMENT = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0)
"""No lifetime: nobody takes it for a default router. The kernel adds the checksum."""


def main(interface: str) -> None:
    """Until somebody ends it."""
    index = socket.if_nametoindex(interface)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as line:
        line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        group = socket.inet_pton(socket.AF_INET6, _ALL_ROUTERS) + struct.pack("@I", index)
        line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
        while True:
            with suppress(OSError):  # its own address may not be ready yet
                line.sendto(_ADVERTISEMENT, (_ALL_NODES, 0, 0, index))
            _until_asked(line)


def _until_asked(line: socket.socket) -> None:
    """Until a router solicitation comes, or EVERY seconds have gone."""
    end = time.monotonic() + EVERY
    while (left := end - time.monotonic()) > 0:
        if select.select([line], [], [], left)[0] and line.recv(2048)[:1] == b"\x85":
            return


if __name__ == "__main__":
    main(sys.argv[1])
