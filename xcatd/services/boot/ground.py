"""The host that writes boot files, as far as they depend on it, and which nodes' files it has (protocol.md, chapter 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.objects import World
from xcatd.objects.routes import service_pool
from xcatd.services.addresses import look_up, unaddressed
from xcatd.services.boot.machine import Machine, servers_of
from xcatd.services.images.folders import below
from xcatd.services.kernel import open_kernel
from xcatd.services.networks import Address, address_of, facing, networks_of
from xcatd.services.service import NO, YES
from xcatd.services.staticroutes import service_nodes


@dataclass(frozen=True, slots=True)
class Ground:
    """`name`: of this host in the tables. `own`: its addresses. `resolved`: addresses of names that the tables do not have."""

    world: World
    name: str
    is_master: bool
    root: Path = Path("/")
    own: Sequence[Address] = ()
    resolved: Mapping[str, Address] = field(default_factory=dict)

    @property
    def tftpdir(self) -> Path:
        return below(self.root, self.world.snapshot.site("tftpdir", "/tftpboot"))

    @property
    def is_shared(self) -> bool:
        """Whether service nodes have the management node's TFTP folder, so that what it writes is there for all."""
        return self.world.snapshot.site("sharedtftp", "1").strip().lower() not in NO

    @property
    def is_disjoint(self) -> bool:
        """Whether a service node has only what is its own nodes'."""
        return self.world.snapshot.site("disjointdhcps").strip().lower() in YES

    def address(self, name: str) -> Address | None:
        """The address of a host, itself one or a name."""
        tables = self.world.value(name, "hosts", "ip") if self.world.has_node(name) else ""
        return address_of(name) or address_of(tables) or self.resolved.get(name)

    def shown(self, name: str) -> str:
        """A server's address for nodes, its name where nobody knows the address."""
        found = self.address(name)
        return name if found is None else str(found)

    def facing(self, machine: Machine) -> str:
        """This host's address in the node's network; "" when it has none there, or when the file may be read from others too."""
        alone = self.name in machine.pool and (not self.is_shared or len(machine.pool) == 1)
        if machine.pool and not alone:
            return ""
        address = self.address(machine.node)
        network = None if address is None else networks_of(self.world.snapshot).of(address)
        found = None if network is None else facing(network.network, self.own)
        return "" if found is None else str(found)

    def servers(self, nodes: Sequence[str]) -> Collection[str]:
        """The service nodes that have files of these nodes, besides this host: all with servicenode.tftpserver, or with
        site.disjointdhcps those of the nodes. None where the folder is shared. Service nodes that are themselves to be started, by
        themselves, are not there to be asked."""
        if self.is_shared:
            return ()
        every = set(service_nodes(self.world))
        named = {
            name
            for name in (every - set(nodes) if every.issuperset(nodes) else every)
            if name != self.name and self.world.value(name, "servicenode", "tftpserver").strip().lower() in YES
        }
        if not self.is_disjoint:
            return named
        return named & {name for node in nodes for name in service_pool(self.world, node)}

    def has_files(self, machine: Machine) -> bool:
        """Whether its boot files lie on this host. The management node has those of all nodes, but with site.disjointdhcps those
        of no service node's nodes."""
        if not self.is_disjoint or self.is_shared:
            return True
        return self.name in machine.pool or (self.is_master and not machine.pool)

    def is_owner(self, machine: Machine) -> bool:
        """Whether scripts for the node run here."""
        if self.is_shared:
            return self.is_master
        return self.name in machine.pool or (self.is_master and not machine.pool)


async def read_ground(world: World, name: str, nodes: Sequence[str], root: Path, *, is_master: bool) -> Ground:
    """This host now, for these nodes. Raises ServiceError when the kernel does not say what it has."""
    async with open_kernel() as kernel:
        interfaces = (await kernel.routes()).interfaces.values()
    own = [one for each in interfaces for one in each.addresses if not one.is_link_local and not one.is_loopback]
    ground = Ground(world, name, is_master, root, own)
    wanted = servers_of(world, nodes) | set(unaddressed(world, nodes))
    unknown = sorted(one for one in wanted if ground.address(one) is None)
    return Ground(world, name, is_master, root, own, await look_up(unknown))
