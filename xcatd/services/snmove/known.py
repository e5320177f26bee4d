"""What the tables know of hosts that serve nodes: their names and their addresses, read once for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.objects import World
from xcatd.services.addresses import NodeAddress, addresses_of
from xcatd.services.networks import Address, ClusterNetwork, address_of, networks_of


@dataclass(frozen=True, slots=True)
class Known:
    """Hosts by tables hosts and nics. `resolved`: what the resolver says of names that the tables do not have."""

    world: World
    resolved: Mapping[str, Address] = field(default_factory=dict)
    _addresses: dict[str, Sequence[NodeAddress]] = field(default_factory=dict)

    def addresses(self, host: str) -> Sequence[NodeAddress]:
        """All addresses of a node, the main one first; none for a name that is no node."""
        if host not in self._addresses:
            there = self.world.has_node(host)
            self._addresses[host] = addresses_of(self.world, [host], self.resolved).addresses if there else ()
        return self._addresses[host]

    def network(self, node: str) -> ClusterNetwork | None:
        """The network of a node's main address; None when one of them is not known."""
        found = networks_of(self.world.snapshot)
        return next((found.of(one.address) for one in self.addresses(node) if one.name == node), None)

    def facing(self, host: str, network: ClusterNetwork) -> Address | None:
        """The first address of a host in a network; None when the tables do not know one."""
        return next((one.address for one in self.addresses(host) if one.address in network), None)

    def address(self, name: str, host: str) -> Address | None:
        """The address that a name of a host has, or is; `host` is who is meant by it. None when it is not known."""
        own = next((one.address for one in self.addresses(host) if name in _names(one)), None)
        other = next((one.address for one in self.addresses(name) if one.name == name), None)
        return address_of(name) or own or other or self.resolved.get(name)

    def names(self, host: str, *more: str) -> Collection[str]:
        """Everything by which a host is called: its names, its addresses, `more` and the addresses of these."""
        found = {host, *filter(None, more)}
        found |= {str(address) for name in more if name and (address := self.address(name, host)) is not None}
        for one in self.addresses(host):
            found |= {*_names(one), str(one.address)}
        return found


def _names(one: NodeAddress) -> Collection[str]:
    return {one.name, *one.aliases.replace(",", " ").split()}
