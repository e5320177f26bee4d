"""The interfaces on which this host's DHCP server listens: servicenode.dhcpinterfaces, else site.dhcpinterfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import BadNoderange
from xcatd.objects import World
from xcatd.services.dhcp.host import Host

REMOTE = "!remote!"
"""In dhcpinterfaces: networks behind a DHCP relay are served. In networks.mgtifname, before an interface: it is such a network."""
_NO_BOOT = ":noboot"
"""Behind an interface: no discovery kernel there."""


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
    listed, where, problems = _listed(world, host)
    names = frozenset(listed) - {REMOTE}
    problems += [
        f"{where} names {name}, an interface that this host does not have"
        for name in listed
        if name in names and name not in host.interfaces
    ]
    return Wanted(names or None, REMOTE in listed, tuple(problems))


def without_discovery(world: World, host: Host) -> frozenset[str]:
    """The interfaces behind which machines that nobody knows boot nothing."""
    listed, _, _ = _listed(world, host)
    return frozenset(name for name, boots in listed.items() if not boots)


def _listed(world: World, host: Host) -> tuple[Mapping[str, bool], str, list[str]]:
    """The names that count here, and whether the discovery kernel boots there; which column has them; what is wrong."""
    own = "" if host.is_master else world.value(host.name, "servicenode", "dhcpinterfaces")
    where = "servicenode.dhcpinterfaces" if own else "site.dhcpinterfaces"
    problems: list[str] = []
    listed: dict[str, bool] = {}
    for whose, nics in _parts(own or world.snapshot.site("dhcpinterfaces")):
        try:
            if whose is None or host.is_me(world, whose):
                listed |= {name.removesuffix(_NO_BOOT): not name.endswith(_NO_BOOT) for name in nics}
        except BadNoderange as error:
            problems.append(f"In {where}: {error}")
    return listed, where, problems


def _parts(text: str) -> Iterator[tuple[str | None, Sequence[str]]]:
    """`nic,nic` or `noderange|nic,nic`, with `;` between -> whose each part is, None for everybody's, and its names."""
    for part in text.split(";"):
        whose, bar, nics = part.rpartition("|")
        yield whose.strip() if bar else None, nics.replace(",", " ").split()
