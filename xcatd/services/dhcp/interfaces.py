"""The interfaces on which this host's DHCP server listens: servicenode.dhcpinterfaces, else site.dhcpinterfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.objects import World
from xcatd.services.dhcp.host import Host

REMOTE = "!remote!"
"""In dhcpinterfaces: networks behind a DHCP relay are served. In networks.mgtifname, before an interface: it is such a network."""
_NO_BOOT = ":noboot"
"""Behind an interface: no discovery kernel there. It is the business of those who make that kernel's files."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`names` None: every interface that leads to a network of table networks. `problems`: sentences."""

    names: frozenset[str] | None
    relayed: bool = False
    problems: tuple[str, ...] = ()

    def has(self, interface: str) -> bool:
        return self.names is None or interface in self.names


def wanted_interfaces(world: World, host: Host) -> Wanted:
    """What the tables say for this host."""
    own = "" if host.is_master else world.value(host.name, "servicenode", "dhcpinterfaces")
    where = "servicenode.dhcpinterfaces" if own else "site.dhcpinterfaces"
    listed = _listed(world, host, own or world.snapshot.site("dhcpinterfaces"))
    names = [name for name in listed if name != REMOTE]
    problems = tuple(
        f"{where} names {name}, an interface that this host does not have"
        for name in names
        if name not in host.interfaces
    )
    return Wanted(frozenset(names) if names else None, REMOTE in listed, problems)


def _listed(world: World, host: Host, text: str) -> Sequence[str]:
    """The names in all parts that are for this host: `nic,nic` or `noderange|nic,nic`, with `;` between."""
    found: list[str] = []
    for part in text.split(";"):
        whose, bar, nics = part.rpartition("|")
        if not bar or host.is_me(world, whose.strip()):
            found += [name.strip().removesuffix(_NO_BOOT) for name in nics.replace(",", " ").split()]
    return tuple(dict.fromkeys(filter(None, found)))
