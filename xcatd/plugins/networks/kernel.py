"""What this host's kernel knows of its networks, asked by `ip -json` of iproute2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from xcatd.api import NodeError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Interface:
    """`mtu` in bytes; None when it cannot broadcast: a tunnel's says nothing about a network."""

    name: str
    mtu: int | None
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A network that an interface leads to directly, without a gateway."""

    network: Network
    interface: Interface


@dataclass(frozen=True, slots=True)
class Routes:
    """`gateways` are those of the default routes, the preferred one first."""

    direct: tuple[Route, ...]
    gateways: tuple[Address, ...]


async def read_routes() -> Routes:
    """The routes of this host, IPv4 before IPv6. Raises NodeError when `ip` cannot say them."""
    interfaces = {one["ifname"]: _interface(one) for one in await _ask("addr", "show")}
    entries = [*await _ask("-4", "route", "show"), *await _ask("-6", "route", "show")]
    direct = [Route(network, interfaces[entry["dev"]]) for entry in entries if (network := _direct(entry))]
    gateways = [ip_address(entry["gateway"]) for entry in entries if entry["dst"] == "default" and "gateway" in entry]
    return Routes(tuple(direct), tuple(gateways))


async def _ask(*words: str) -> Sequence[Mapping[str, Any]]:
    """The answer of `ip -json` with these words: a list of objects."""
    shown = f"ip {' '.join(words)}"
    try:
        process = await asyncio.create_subprocess_exec(
            "ip",
            "-json",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise NodeError(f"Could not get network information: `{shown}`: {error.strerror}; install iproute2") from error
    out, errors = await process.communicate()
    if process.returncode:
        said = errors.decode(errors="replace").strip() or f"exit status {process.returncode}"
        raise NodeError(f"Could not get network information: `{shown}` says: {said}")
    answer: Sequence[Mapping[str, Any]] = json.loads(out or b"[]")
    return answer


def _interface(entry: Mapping[str, Any]) -> Interface:
    addresses = [ip_address(one["local"]) for one in entry.get("addr_info", ()) if "local" in one]
    mtu = entry["mtu"] if "BROADCAST" in entry.get("flags", ()) else None
    return Interface(entry["ifname"], mtu, tuple(addresses))


def _direct(entry: Mapping[str, Any]) -> Network | None:
    """The network of a route without a gateway, if it is one that a cluster may use; None for all others."""
    destination = entry["dst"]
    if "/" not in destination or "gateway" in entry or "via" in entry or "nexthops" in entry or "dev" not in entry:
        return None
    if entry.get("type", "unicast") != "unicast" or entry["dev"] == "lo":
        return None
    network = ip_network(destination, strict=False)
    return None if network.is_loopback or network.is_link_local or network.is_multicast else network
