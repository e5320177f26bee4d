"""The addresses that are kept for nodes: table mac with the addresses of tables hosts and nics, and how the nodes boot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.objects import World
from xcatd.services.addresses import NodeAddress, addresses_of
from xcatd.services.dhcp.boot import Boot, boot_of
from xcatd.services.dhcp.host import Host
from xcatd.services.dhcp.subnets import Served, Subnet, in_subnet
from xcatd.services.networks import MASTER, Address, address_of, networks_of

NO_ADDRESS = "*NOIP*"
"""Behind a MAC in mac.mac: it is the node's, and gets no address."""
_MAC = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4,18}", re.ASCII)
"""Six bytes for Ethernet, up to twenty for InfiniBand."""
Macs = Mapping[str, str]
"""Nodes with what stands in mac.mac."""
_SEVERAL = 500
"""Nodes whose tables are read at once."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """One MAC address of a node. `address` None: this interface gets no address at all. `server`: from which its loaders come
    (next-server), "" for the network's own. `statements`: text for ISC's server only."""

    node: str
    mac: str
    address: Address | None
    server: str = ""
    boot: Boot = field(default_factory=Boot)
    statements: str = ""


@dataclass(slots=True)
class Found:
    """`problems`: node and sentence, which count as errors; `warnings` do not. `unresolved` are warnings about names without any
    address, as far as this family knows."""

    reservations: list[Reservation] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)


def macs_of(world: World, nodes: Sequence[str]) -> Macs:
    """The nodes with their mac.mac, "" for none."""
    return dict(zip(nodes, world.column(nodes, "mac", "mac"), strict=True))


def macs_of_all(world: World) -> Macs:
    """All nodes with a MAC, in the order of nodelist."""
    return {node: text for node, text in macs_of(world, world.nodes()).items() if text}


def names_to_look_up(world: World, macs: Macs) -> Iterator[str]:
    """Host names of these nodes, and their servers, that the tables have no address for."""
    nodes = list(macs)
    for node, ip in zip(nodes, world.column(nodes, "hosts", "ip"), strict=True):
        names = [name for _, name in _macs(node, macs[node]) if name != NO_ADDRESS and not (ip and name == node)]
        known = {one.name for one in addresses_of(world, [node], {}).addresses} if names else set()
        yield from (name for name in names if name not in known and not world.value(name, "hosts", "ip"))
    for column in ("tftpserver", "xcatmaster"):
        for name in set(world.column(nodes, "noderes", column)):
            if name and name != MASTER and address_of(name) is None and not world.value(name, "hosts", "ip"):
                yield name


def reservations_of(world: World, host: Host, what: Served, macs: Macs, statements: str = "") -> Found:
    """What is kept for these nodes on this host, of one family. It takes some 30 microseconds a node: call it in a thread."""
    found = Found()
    reader = _Reader(world, host, what, found, statements)
    nodes = list(macs)
    for start in range(0, len(nodes), _SEVERAL):
        reader.read(nodes[start : start + _SEVERAL], macs)
    return found


class _Reader:
    def __init__(self, world: World, host: Host, what: Served, found: Found, statements: str) -> None:
        self._world, self._host, self._found = world, host, found
        self._subnets, self._version = what.subnets, what.version
        self._networks, self._statements = networks_of(world.snapshot), statements
        self._port = world.snapshot.site("httpport", "80")

    def read(self, nodes: Sequence[str], macs: Macs) -> None:
        world = self._world
        netboots, tftps, masters = (
            world.column(nodes, table, column)
            for table, column in (
                ("noderes", "netboot"),
                ("noderes", "tftpserver"),
                ("noderes", "xcatmaster"),
            )
        )
        named = self._by_name(nodes)
        for place, node in enumerate(nodes):
            if not macs[node]:
                self._found.warnings.append(f"Unable to find mac address for {node}")
                continue
            server = self._server(node, tftps[place], masters[place])
            if server is not None:
                self._node(node, macs[node], named[node], netboots[place], server)

    def _by_name(self, nodes: Sequence[str]) -> Mapping[str, Sequence[NodeAddress]]:
        """Node -> its addresses."""
        named: dict[str, list[NodeAddress]] = {node: [] for node in nodes}
        for one in addresses_of(self._world, nodes, self._host.resolved).addresses:
            named[one.node].append(one)
        return named

    def _node(self, node: str, text: str, known: Sequence[NodeAddress], netboot: str, server: str) -> None:
        for mac, name in _macs(node, text):
            if not _MAC.fullmatch(mac.lower()):
                self._problem(node, f"Invalid mac address {mac} for {node}")
                continue
            if name == NO_ADDRESS:
                self._found.reservations.append(Reservation(node, _spelled(mac), None))
                continue
            address = self._address_of(node, name, known)
            subnet = None if address is None else self._place(node, address)
            if subnet is not None:
                boot = boot_of(node, netboot, server or subnet.server, self._port, self._image_folder(node, netboot))
                self._found.reservations.append(
                    Reservation(node, _spelled(mac), address, server, boot, self._statements)
                )

    def _address_of(self, node: str, name: str, known: Sequence[NodeAddress]) -> Address | None:
        """The address of an interface, by its name; for IPv6 also by its NIC, where table nics has both families for one."""
        named = [one.address for one in known if one.name == name]
        address = next(filter(self._fits, named), None) or self._address(name)
        if address is None and self._version == 6:
            address = self._of_same_nic(name, known)
        if address is None and not named and address_of(self._world.value(name, "hosts", "ip")) is None:
            self._found.unresolved.append(f"The hostname {name} of node {node} could not be resolved.")
        return address

    def _of_same_nic(self, name: str, known: Sequence[NodeAddress]) -> Address | None:
        named = {one.address for one in known if one.name == name}
        nics = {one.nic for one in known if one.nic and one.address in named}
        return next((one.address for one in known if one.nic in nics and self._fits(one.address)), None)

    def _fits(self, address: Address) -> bool:
        return address.version == self._version

    def _place(self, node: str, address: Address) -> Subnet | None:
        """The served network of an address, if it may be kept there."""
        subnet = in_subnet(self._subnets, address)
        if subnet is None:
            if self._networks.of(address) is None:  # in a network of another server there is nothing to do here
                self._problem(
                    node, f"Node {node} has IP {address}, which is in no network of table networks: run makenetworks"
                )
            return None
        if any(address in each for each in subnet.ranges):
            self._problem(
                node,
                f"Node {node} has IP {address} which is inside the DHCP dynamic range. "
                "Move the node IP outside the dynamic range or adjust the range in the networks table.",
            )
            return None
        return subnet

    def _address(self, name: str) -> Address | None:
        found = address_of(self._world.value(name, "hosts", "ip")) or self._host.resolved.get(name)
        return found if found is not None and self._fits(found) else None

    def _server(self, node: str, tftpserver: str, xcatmaster: str) -> str | None:
        """noderes.tftpserver, else noderes.xcatmaster, as an address; "": the network's own; None: it cannot be found. A server
        that has no IPv6 address is not the one that is meant there."""
        name = tftpserver if tftpserver and tftpserver != MASTER else xcatmaster
        if not name or name == MASTER:
            return ""
        address = address_of(name) or self._address(name)
        if address is not None and self._fits(address):
            return str(address)
        if self._version == 6:
            return ""
        if name == tftpserver:
            self._problem(node, f"Unable to resolve the tftpserver for {node}: noderes.tftpserver is {name}")
        else:
            self._problem(node, f'Unable to determine the tftpserver for {node}, verify "xcatmaster" is set correctly')
        return None

    def _image_folder(self, node: str, netboot: str) -> str:
        """linuximage.pkgdir of the node's image, the first part: for ONIE it is the installer itself."""
        if netboot != "onie":
            return ""
        image = self._world.value(node, "nodetype", "provmethod")
        rows = self._world.snapshot.table("linuximage").find(image)
        return next((row["pkgdir"].partition(",")[0] for row in rows if not row.hidden), "")

    def _problem(self, node: str, text: str) -> None:
        self._found.problems.append((node, text))


def _spelled(mac: str) -> str:
    return mac.lower().replace("-", ":")


def _macs(node: str, text: str) -> Iterator[tuple[str, str]]:
    """`mac!name|mac|mac!*NOIP*` -> MAC addresses and host names, the node's own where none stands."""
    for part in text.split("|"):
        mac, _, name = part.partition("!")
        if mac.strip():
            yield mac.strip(), name.strip() or node
