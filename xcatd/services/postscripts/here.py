"""The server for whose nodes scripts are made, as far as they depend on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.objects import World
from xcatd.services.networks import Address, ClusterNetwork, address_of, networks_of

Read = Callable[[Path], str]
"""Gives the text of a file, "" when there is none. Raises ServiceError. It may block."""


def no_files(path: Path) -> str:
    """For a server without files."""
    return ""


@dataclass(frozen=True, slots=True)
class Here:
    """`own`: the addresses of this server. `resolved`: addresses of names that the tables have none for, see `names_above`.
    `template`: the site's mypostscript.tmpl, "" when it has none. `root`: the folder below which the server's files are."""

    world: World
    own: Sequence[Address] = ()
    resolved: Mapping[str, Address] = field(default_factory=dict)
    template: str = ""
    read: Read = no_files
    root: Path = Path("/")

    @property
    def scripts(self) -> Path:
        """The folder of scripts, which nodes fetch as a whole."""
        return self.below(self.world.snapshot.site("installdir", "/install")) / "postscripts"

    def network(self, node: str) -> ClusterNetwork | None:
        """The network of the node's main address."""
        address = self.address(node)
        return None if address is None else networks_of(self.world.snapshot).of(address)

    def address(self, name: str) -> Address | None:
        """The address of a host, itself one or a name."""
        tables = self.world.value(name, "hosts", "ip") if self.world.has_node(name) else ""
        return address_of(name) or address_of(tables) or self.resolved.get(name)

    def master(self, node: str) -> str:
        """Name or address of the node's server: noderes.xcatmaster, else this server's address in the node's network (the one that
        site.master has, if it has several), else site.master."""
        named = self.world.value(node, "noderes", "xcatmaster")
        return named or self._facing(node) or self.world.snapshot.site("master")

    def master_address(self, node: str) -> str:
        """Its address; its name where nobody knows the address."""
        name = self.master(node)
        found = self.address(name) if name else None
        return name if found is None else str(found)

    def below(self, path: str | Path) -> Path:
        """A path of the server, below the root."""
        path = Path(path)
        return path if path.is_relative_to(self.root) else self.root / str(path).lstrip("/")

    def _facing(self, node: str) -> str:
        network = self.network(node)
        found = [] if network is None else [one for one in self.own if one in network]
        if not found:
            return ""
        site = self.address(self.world.snapshot.site("master"))
        return str(site if site in found else found[0])


def names_above(world: World, nodes: Sequence[str]) -> Collection[str]:
    """The names of servers of these nodes whose addresses the tables do not have."""
    asked = {*world.column(nodes, "noderes", "xcatmaster"), world.snapshot.site("master")}
    here = Here(world)
    return {name for name in asked if name and here.address(name) is None}
