"""What this host's kernel knows of its interfaces and routes, and changes to its routes: rtnetlink(7), by pyroute2.

Everything is about the network namespace that the daemon runs in, and about the main routing table.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import Any, Literal

from xcatd.errors import ServiceError
from xcatd.services.networks import Address, Network, address_of

_MAIN_TABLE = 254
_UNICAST = 1
_BROADCAST = 0x2
"""Among an interface's flags (netdevice(7)): it can broadcast."""
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


@dataclass(frozen=True, slots=True)
class Interface:
    """`mtu` in bytes; None when it cannot broadcast: a tunnel's says nothing about a network."""

    name: str
    mtu: int | None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a network: through a gateway, or directly. `interface` is "" where there are several ways at once."""

    network: Network
    gateway: Address | None
    interface: str

    def __str__(self) -> str:
        """As `ip route` of iproute2 spells it."""
        way = f" via {self.gateway}" if self.gateway is not None else ""
        return f"{self.network}{way}" + (f" dev {self.interface}" if self.interface else "")


@dataclass(frozen=True, slots=True)
class Routes:
    """The unicast routes of the main table, IPv4 before IPv6, in the order of the kernel."""

    interfaces: Mapping[str, Interface]
    all: tuple[Route, ...]

    def direct(self) -> Sequence[Route]:
        """The routes without a gateway to networks that a cluster may use: not to single hosts, nor to the loopback, link-local
        and multicast networks."""
        return [route for route in self.all if _is_direct(route)]

    def gateways(self) -> Sequence[Address]:
        """The gateways of the default routes, the preferred one first."""
        return [route.gateway for route in self.all if route.gateway is not None and route.network.prefixlen == 0]

    def addresses(self) -> Iterable[Address]:
        """All addresses of this host."""
        return (address for interface in self.interfaces.values() for address in interface.addresses)


class Kernel:
    """An open conversation with the kernel, see `open_kernel`."""

    def __init__(self, netlink: Any) -> None:
        self._netlink = netlink

    async def routes(self) -> Routes:
        """The interfaces and routes. Raises ServiceError when the kernel does not say them."""
        names = {link["index"]: link async for link in await self._netlink.get_links()}
        addresses: dict[int, list[Address]] = {}
        async for one in await self._netlink.get_addr():
            address = address_of(one.get("local") or one.get("address") or "")
            if address is not None:
                addresses.setdefault(one["index"], []).append(address)
        interfaces = {index: _interface(link, addresses.get(index, ())) for index, link in names.items()}
        found: list[Route] = []
        for family in _FAMILIES:
            answers = [one async for one in await self._netlink.get_routes(family=family)]
            found += filter(None, map(partial(_route, interfaces), answers))
        return Routes({one.name: one for one in interfaces.values()}, tuple(found))

    async def add(self, route: Route) -> None:
        """Add a route. Raises ServiceError: no such interface, a gateway that is not near, not root ..."""
        await self._change("add", route)

    async def remove(self, route: Route) -> None:
        """Remove a route. Raises ServiceError."""
        await self._change("del", route)

    async def _change(self, verb: Literal["add", "del"], route: Route) -> None:
        words: dict[str, Any] = {"dst": str(route.network), "family": _FAMILIES[route.network.version == 6]}
        if route.gateway is not None:
            words["gateway"] = str(route.gateway)
        if route.interface:
            words["oif"] = await self._index(route.interface)
        async with _complaints(f"The route {route} cannot be {'added' if verb == 'add' else 'removed'}", route):
            await self._netlink.route(verb, **words)

    async def _index(self, interface: str) -> int:
        found: Sequence[int] = await self._netlink.link_lookup(ifname=interface)
        if not found:
            raise ServiceError(f"This host has no interface {interface}: correct the ifname of the route")
        return found[0]


@asynccontextmanager
async def open_kernel() -> AsyncIterator[Kernel]:
    """Talk with the kernel. Raises ServiceError when it does not talk to us."""
    library = await asyncio.to_thread(
        importlib.import_module, "pyroute2"
    )  # a tenth of a second, when it is first needed
    async with _complaints("The networks of this host cannot be read"), library.AsyncIPRoute() as netlink:
        yield Kernel(netlink)


@asynccontextmanager
async def _complaints(what: str, route: Route | None = None) -> AsyncIterator[None]:
    """What the kernel refuses, as a sentence."""
    library = importlib.import_module("pyroute2")
    try:
        yield
    except library.NetlinkError as error:
        raise ServiceError(f"{what}: {_reason(error.code, str(error.args[-1]), route)}") from error
    except OSError as error:
        raise ServiceError(f"{what}: {error.strerror or error}") from error


def _reason(code: int, text: str, route: Route | None) -> str:
    if code in (errno.EPERM, errno.EACCES):
        return "only root with the capability CAP_NET_ADMIN may change routes"
    if code in (errno.ENETUNREACH, errno.EHOSTUNREACH) and route is not None:
        return f"no network of this host leads to the gateway {route.gateway}"
    if code == errno.ENETDOWN:
        return "its interface is down"
    return text


def _interface(link: Any, addresses: Sequence[Address]) -> Interface:
    mtu = link.get("mtu") if link["flags"] & _BROADCAST else None
    return Interface(link.get("ifname"), mtu, tuple(addresses))


def _route(interfaces: Mapping[int, Interface], answer: Any) -> Route | None:
    """A route of the kernel's answer; None for those of other kinds and tables."""
    if answer["type"] != _UNICAST or (answer.get("table") or answer["table"]) != _MAIN_TABLE:
        return None
    version = 4 if answer["family"] == socket.AF_INET else 6
    destination = answer.get("dst")
    network = ip_network(f"{destination}/{answer['dst_len']}" if destination else _ANYWHERE[version])
    gateway = answer.get("gateway") or (answer.get("via") or {}).get("addr")
    interface = interfaces.get(answer.get("oif"))
    return Route(network, address_of(gateway) if gateway else None, interface.name if interface else "")


def _is_direct(route: Route) -> bool:
    network = route.network
    if route.gateway is not None or route.interface in ("", "lo") or network.prefixlen in (0, network.max_prefixlen):
        return False
    return not (network.is_loopback or network.is_link_local or network.is_multicast)
