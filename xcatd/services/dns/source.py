"""Where the names come from: the hosts file, or the tables for some nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.errors import BadNoderange, ServiceError
from xcatd.noderange import expand
from xcatd.objects import World
from xcatd.services.addresses import addresses_of, look_up, unaddressed
from xcatd.services.dns.entries import Entries, Entry, entries_from, entries_in
from xcatd.services.dns.records import Wanted, wanted
from xcatd.services.dns.setup import Interfaces, Setup, domain_of, setup_of
from xcatd.services.files import read_text
from xcatd.services.hostnames import entries_of
from xcatd.services.hosts import Places
from xcatd.services.networks import Address, address_of, networks_of
from xcatd.services.service import ON, SECOND, YES
from xcatd.services.staticroutes import service_nodes


@dataclass(frozen=True, slots=True)
class Source:
    """`wanted`: the records of the entries; `own`: those of this host, which a zone must have whose server it is.

    `owners`: the full names of the nodes without an address in the tables; `troubles`: sentences about the tables.
    """

    setup: Setup
    entries: Entries
    wanted: Wanted
    own: Wanted
    owners: tuple[str, ...] = ()
    troubles: tuple[str, ...] = field(default=())

    def whole(self) -> Wanted:
        """All records of a zone that is made anew."""
        records = {zone: found | self.own.records[zone] for zone, found in self.wanted.records.items()}
        return Wanted(records, self.wanted.handled, self.wanted.remarks)


async def read_setup(world: World, host: str, interfaces: Interfaces) -> Setup:
    """What the tables say of the name server of this host, a management node. Raises ServiceError."""
    resolved = await look_up(unaddressed(world, list(name_servers(world))))
    own = [address for addresses in interfaces.values() for address in addresses]
    return setup_here(world, host, interfaces, own, resolved)


def setup_here(
    world: World, host: str, interfaces: Interfaces, masters: Iterable[Address], resolved: Mapping[str, Address]
) -> Setup:
    """What the tables say of a name server of the cluster. `masters`: the addresses of the management node; `resolved`: those of
    service nodes that are not in the tables. Raises ServiceError."""
    short = host.partition(".")[0]
    me = {host, short, *(str(one) for addresses in interfaces.values() for one in addresses)}
    values = name_servers(world)
    found = addresses_of(world, list(values), resolved).addresses
    copies = [one for one in found if one.name == one.node and values[one.node] == SECOND and one.node not in me]
    return setup_of(
        world.snapshot,
        host,
        interfaces,
        [str(one.address) for one in copies],
        lambda name: name in me or short in _nodes(world, name),
        {*masters, *(one.address for one in found)},
    )


def _nodes(world: World, noderange: str) -> Collection[str]:
    """The nodes of a noderange. Raises ServiceError when it cannot be read."""
    try:
        return expand(noderange, world, strict=False).nodes
    except BadNoderange as error:
        raise ServiceError(f"In site.dnsinterfaces: {error}") from error


def name_servers(world: World) -> Mapping[str, str]:
    """The service nodes with name servers, and what servicenode.nameserver says of each: ON or SECOND."""
    nodes = sorted(service_nodes(world))
    found = {node: world.value(node, "servicenode", "nameserver").strip().lower() for node in nodes}
    return {node: SECOND if text == SECOND else ON for node, text in found.items() if text == SECOND or text in YES}


async def read_source(
    world: World, root: Path, setup: Setup, interfaces: Interfaces, nodes: Sequence[str] | None
) -> Source:
    """The names of these nodes by the tables, or with None those of the hosts file."""
    if nodes is None:
        return await asyncio.to_thread(_from_file, world, root, setup, interfaces)
    resolved = await look_up(unaddressed(world, nodes))
    return await asyncio.to_thread(source_of, world, setup, interfaces, nodes, resolved)


def _from_file(world: World, root: Path, setup: Setup, interfaces: Interfaces) -> Source:
    entries = entries_in(read_text(Places(root).hosts))
    return _source(world, setup, interfaces, entries)


def source_of(
    world: World, setup: Setup, interfaces: Interfaces, nodes: Sequence[str], resolved: Mapping[str, Address]
) -> Source:
    """The names of these nodes by the tables; `resolved` has the addresses of those without one there. Raises ServiceError."""
    found = entries_of(addresses_of(world, nodes, resolved), networks_of(world.snapshot))
    without = set(nodes) - {entry.node for entry in found.entries}
    domain = setup.server.partition(".")[2]
    owners = tuple(f"{node.partition('.')[0]}.{domain}".lower() for node in sorted(without))
    troubles = tuple(trouble.text for trouble in found.troubles)
    return _source(world, setup, interfaces, entries_from(found.entries), owners, troubles)


def _source(
    world: World,
    setup: Setup,
    interfaces: Interfaces,
    entries: Entries,
    owners: tuple[str, ...] = (),
    troubles: tuple[str, ...] = (),
) -> Source:
    domain = domain_of(setup, world.snapshot)
    made = wanted(entries.good, setup.zones, domain)
    own = wanted(_own(world, setup, interfaces, made), setup.zones, lambda address: domain(address) or setup.server)
    return Source(setup, entries, made, own, owners, troubles)


def _own(world: World, setup: Setup, interfaces: Interfaces, made: Wanted) -> Sequence[Entry]:
    """The entry of this host, when the others do not name it. Raises ServiceError when no address of it is known."""
    zone = setup.zones.of(setup.server)
    if zone is None or any(record.owner == setup.server for record in made.records[zone]):
        return ()
    address = next(_own_addresses(world, setup, interfaces), None)
    if address is None:
        raise ServiceError(
            f"No address of {setup.server}, this name server, is known: add it to /etc/hosts, or set site.master"
        )
    return (Entry(address, (setup.server,)),)


def _own_addresses(world: World, setup: Setup, interfaces: Interfaces) -> Iterator[Address]:
    """The addresses of this host, the one by which it is best known first."""
    name = setup.server.partition(".")[0]
    for text in (world.value(name, "hosts", "ip"), world.snapshot.site("master")):
        address = address_of(text)
        if address is not None:
            yield address
    for addresses in interfaces.values():
        yield from (one for one in addresses if any(one in network for network in setup.served))
