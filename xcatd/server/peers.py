"""Whose address is this: the short host names of peers, as the policy table and the audit log show them."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import time
from functools import lru_cache

KEEP = 60.0
"""Seconds a name is believed."""
_PATIENCE = 1.0
_SUFFIX = re.compile(r"-(?:eth|myri|ib)\d+$")


class Peers:
    """Reverse look-ups with a memory, so that a slow name server delays nobody twice."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    def known(self, address: str) -> str | None:
        """The name if it is remembered; `localhost` for this host's loopback."""
        if _is_loopback(address):
            return "localhost"
        found = self._known.get(address)
        return found[0] if found is not None and found[1] > time.monotonic() else None

    async def name(self, address: str) -> str:
        """The short name of an address, "" when it has none (protocol.md 3.6: domain and -eth0, -ib0 suffixes removed)."""
        if (known := self.known(address)) is not None:
            return known
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                full, _ = await loop.getnameinfo((address, 0), socket.NI_NAMEREQD)
        except (OSError, TimeoutError):
            full = ""
        name = _SUFFIX.sub("", full.partition(".")[0])
        self._known[address] = (name, time.monotonic() + KEEP)
        return name


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
