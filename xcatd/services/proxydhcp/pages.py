"""The tables as the boot server's book. This part runs in xcatd."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from xcatd.services.dhcp.boot import Rule, boot_of, firmware_rules, network_rules, node_rules
from xcatd.services.dhcp.reservations import macs_of_all
from xcatd.services.dhcp.subnets import Subnet
from xcatd.services.networks import ClusterNetwork, address_of, networks_of
from xcatd.services.place import Place
from xcatd.services.proxydhcp.book import MASTER, NODE, Area, Book, Loader, Machine, dumped
from xcatd.services.service import NO

_LEAST = Subnet(IPv4Network("0.0.0.0/0"), "", MASTER)
"""What a node's script does not depend on."""
_STRANGER = "00:00:00:00:00:00"
"""No node's MAC address."""


@dataclass(frozen=True, slots=True)
class Pages:
    """`problems`: sentences about nodes that are not answered because their server is not known."""

    book: Book
    problems: Sequence[str] = ()


def pages_of(place: Place) -> Pages:
    """What the tables say. It takes some microseconds a node: call it in a thread."""
    port = place.site("httpport", "80")
    reader = _Reader(place, port)
    machines = dict(reader.machines())
    networks = {
        one.network: reader.area(one) for one in networks_of(place.snapshot).all if isinstance(one.network, IPv4Network)
    }
    book = Book(networks, _loaders(firmware_rules(4)), _loaders(node_rules(_LEAST, port, MASTER, NODE)), machines)
    digest = hashlib.sha256(dumped(book).encode()).hexdigest()[:16]
    return Pages(replace(book, digest=digest), reader.problems)


def names_of_servers(place: Place) -> Collection[str]:
    """Names of servers that the tables have no address for."""
    world, nodes = place.world, list(macs_of_all(place.world))
    names = {name for column in ("tftpserver", "xcatmaster") for name in world.column(nodes, "noderes", column)}
    names |= {one.tftpserver for one in networks_of(place.snapshot).all}
    return {name for name in names if name not in ("", MASTER) and place.address(name) is None}


class _Reader:
    def __init__(self, place: Place, port: str) -> None:
        self._place, self._port = place, port
        self.problems: list[str] = []

    def area(self, network: ClusterNetwork) -> Area:
        assert isinstance(network.network, IPv4Network)
        server = self._address(network.tftpserver) or MASTER
        return Area(server, _loaders(network_rules(Subnet(network.network, "", MASTER), self._port)))

    def machines(self) -> Iterator[tuple[str, Machine]]:
        world, macs = self._place.world, macs_of_all(self._place.world)
        columns = (
            world.column(list(macs), "noderes", name) for name in ("netboot", "tftpserver", "xcatmaster", "proxydhcp")
        )
        for (node, text), netboot, tftpserver, xcatmaster, proxydhcp in zip(macs.items(), *columns, strict=True):
            machine = self._machine(node, netboot, tftpserver if tftpserver not in ("", MASTER) else xcatmaster)
            if proxydhcp and proxydhcp.lower() in NO:
                machine = Machine(node, silent=True)
            for part in text.split("|"):
                if mac := part.partition("!")[0].strip().lower().replace("-", ":"):
                    yield mac, machine

    def _machine(self, node: str, netboot: str, server: str) -> Machine:
        address = self._address(server)
        if address is None:
            self.problems.append(
                f"{node} is told nothing: its server {server} has no address; set hosts.ip of {server}"
            )
            return Machine(node, silent=True)
        boot = boot_of(node, netboot, address, self._port)
        return Machine(node, address, boot.file, boot.options, scripted=bool(boot.script))

    def _address(self, server: str) -> str | None:
        """MASTER where none is said; None where none is found."""
        if server in ("", MASTER):
            return MASTER
        found = address_of(server) or self._place.address(server)
        return str(found) if isinstance(found, IPv4Address) else None


def _loaders(rules: Sequence[Rule]) -> Sequence[Loader]:
    return tuple(Loader(rule.architectures, rule.file, rule.in_ipxe, rule.conf_file) for rule in rules)


def example(book: Book) -> tuple[str, IPv4Address]:
    """A machine that is answered, for a trial: its MAC address, and an address in a network. The book must have a network."""
    answered = (mac for mac, one in book.machines.items() if not one.silent and len(mac) == len(_STRANGER))
    return next(answered, _STRANGER), next(iter(book.networks)).network_address + 1
