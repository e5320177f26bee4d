"""The host whose services are kept, as far as they depend on it: what is rendered for it follows from this alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from xcatd.errors import BadNoderange
from xcatd.noderange import expand
from xcatd.objects import World, world_of
from xcatd.services.distribution import Family, family_here
from xcatd.services.kernel import open_kernel
from xcatd.services.networks import Address, ClusterNetwork, Network, address_of, networks_of
from xcatd.store import Snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """`name`: what the cluster calls this host. `node`: the same, "" when there is no such node. `root`: the folder below which its
    files are. `interfaces`: their addresses, without link-local ones. `direct`: networks that an interface leads to. `resolved`:
    addresses of names that are not in the tables; who renders something says beforehand which ones it needs."""

    name: str
    node: str
    world: World
    is_master: bool = False
    root: Path = Path("/")
    family: Family = Family.DEBIAN
    interfaces: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    direct: Sequence[tuple[Network, str]] = ()
    resolved: Mapping[str, Address] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        return self.world.snapshot

    @property
    def is_whole_host(self) -> bool:
        """Without --root."""
        return self.root == Path("/")

    @property
    def above(self) -> str:
        """Name or address of who manages this service node: noderes.xcatmaster, else site.master. "" on a management node."""
        return "" if self.is_master else self.value("noderes", "xcatmaster") or self.site("master")

    @property
    def install(self) -> Path:
        """site.installdir, below the root."""
        return self.below(self.site("installdir", "/install"))

    @property
    def tftpboot(self) -> Path:
        """site.tftpdir, below the root."""
        return self.below(self.site("tftpdir", "/tftpboot"))

    def site(self, key: str, default: str = "") -> str:
        return self.snapshot.site(key, default)

    def value(self, table: str, column: str) -> str:
        """This host's value of a table; "" when it has none or is no node."""
        return self.world.value(self.node, table, column) if self.node else ""

    def below(self, path: str | Path) -> Path:
        """A path of the host, below the root. One that is below it already stays."""
        path = Path(path)
        return path if path.is_relative_to(self.root) else self.root / str(path).lstrip("/")

    def addresses(self) -> Iterator[Address]:
        return (address for addresses in self.interfaces.values() for address in addresses)

    def is_me(self, text: str) -> bool:
        """Whether a text of the tables means this host: its name, one of its addresses, or a noderange that it belongs to."""
        short = self.name.partition(".")[0]
        if text in (self.name, short) or address_of(text) in set(self.addresses()):
            return True
        try:
            return bool(self.node) and self.node in expand(text, self.world, strict=False).nodes
        except BadNoderange:
            return False

    def address(self, name: str) -> Address | None:
        """The address of a host, itself one or a name: as the tables have it, else as the resolver said."""
        tables = self.world.value(name, "hosts", "ip") if self.world.has_node(name) else ""
        return address_of(name) or address_of(tables) or self.resolved.get(name)

    def facing(self, network: Network) -> Address | None:
        """This host's address in a network."""
        return next((one for one in self.addresses() if one in network), None)

    def networks(self) -> Sequence[ClusterNetwork]:
        """The networks of table networks that this host is on, in the order of the table."""
        direct = {network for network, _ in self.direct}
        return [one for one in networks_of(self.snapshot).all if one.network in direct]

    def cluster_networks(self) -> Sequence[Network]:
        """All networks of table networks, whether this host is on them or not: who is served is in one of them."""
        return [one.network for one in networks_of(self.snapshot).all]

    def ipv4(self) -> Iterator[IPv4Address]:
        return (one for one in self.addresses() if isinstance(one, IPv4Address))


async def read_place(snapshot: Snapshot, names: Iterable[str], *, is_master: bool, root: Path) -> Place:
    """This host now. `names`: what it may be called, the longest that is a node counts. Raises ServiceError when the kernel does
    not say what it has."""
    async with open_kernel() as kernel:
        routes = await kernel.routes()
    world, called = world_of(snapshot), tuple(names)
    node = next((name for name in sorted(called, key=len, reverse=True) if world.has_node(name)), "")
    interfaces = {
        name: [one for one in each.addresses if not one.is_link_local] for name, each in routes.interfaces.items()
    }
    return Place(
        name=node or called[0],
        node=node,
        world=world,
        is_master=is_master,
        root=root,
        family=await asyncio.to_thread(family_here, root),
        interfaces=interfaces,
        direct=[(one.network, one.interface) for one in routes.direct()],
    )
