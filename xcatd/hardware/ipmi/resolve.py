"""From the host name in the tables to an address: IPv4 and IPv6 alike, numbers without asking anybody."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from xcatd.errors import Unreachable
from xcatd.hardware.ipmi.transport import Address


async def resolve(host: str, port: int) -> Address:
    """The first address that the resolver gives. Unreachable: it knows none."""
    if not host:
        raise Unreachable("no address is known for its BMC: set ipmi.bmc for the node")
    try:
        return await _look_up(host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(
            f'the BMC\'s name "{host}" does not resolve ({error.args[-1]}): add it to /etc/hosts or the DNS, or '
            "correct ipmi.bmc"
        ) from None


async def _look_up(host: str, port: int) -> Address:
    try:
        numeric = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
        return cast("Address", numeric[0][4])
    except socket.gaierror:  # a name: finding it may take its time, so another thread does it
        named = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        return named[0][4]
