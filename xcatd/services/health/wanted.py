"""Which services of a service node are asked about from outside, by the columns of table servicenode."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from xcatd.objects import World
from xcatd.services.drained import drain_of
from xcatd.services.health.aspect import Aspect, Target
from xcatd.services.service import YES

_COLUMNS: Final = {
    Aspect.TFTP: "tftpserver",
    Aspect.HTTP: "nfsserver",
    Aspect.DNS: "nameserver",
    Aspect.DHCP: "dhcpserver",
}
_SECOND: Final = "2"
"""A name server with copies of the zones."""
MOST: Final = 5
"""Service nodes that are asked for their view of another one."""


def aspects(world: World, node: str) -> Sequence[Aspect]:
    """What is to be asked of a service node: nothing of one that is drained, or about to stop its servers."""
    if drain_of(world.snapshot, node) is not None:
        return ()
    return [one for one, column in _COLUMNS.items() if _serves(world, node, one, column) and _is_usual(world, one)]


def may_be_deaf(world: World, aspect: Aspect) -> bool:
    """Whether a healthy server may not hear us, because it listens on some interfaces only: then its silence means something
    only if it has answered before."""
    return aspect is Aspect.DHCP or (aspect is Aspect.DNS and bool(world.snapshot.site("dnsinterfaces")))


def target(world: World, address: str) -> Target:
    """Where and what to ask."""
    port = world.snapshot.site("httpport", "80").strip()
    return Target(address, int(port) if port.isdecimal() else 80, world.snapshot.site("domain"))


def others(world: World, name: str, living: Collection[str]) -> Sequence[str]:
    """Who is asked for his view of a service node: those of the living that stand in a pool with it, then the rest."""
    companions = world.snapshot.cached("health: companions", lambda: _companions(world)).get(_short(name), frozenset())
    return sorted(living, key=lambda one: (_short(one) not in companions, one))[:MOST]


def _companions(world: World) -> Mapping[str, Collection[str]]:
    found: dict[str, set[str]] = {}
    for pool in set(world.column(world.nodes(), "noderes", "servicenode")):
        names = {_short(name.strip()) for name in pool.split(",") if name.strip()}
        for name in names:
            found.setdefault(name, set()).update(names - {name})
    return found


def _serves(world: World, node: str, aspect: Aspect, column: str) -> bool:
    if not world.has_node(node):
        return False
    word = world.value(node, "servicenode", column).strip().lower()
    return word in YES or (aspect is Aspect.DNS and word == _SECOND)


def _is_usual(world: World, aspect: Aspect) -> bool:
    """Whether it is ours, at the port of the protocol: site.externaldhcpservers, and -a of in.tftpd in site.tftpflags."""
    site = world.snapshot.site
    if aspect is Aspect.DHCP:
        return not site("externaldhcpservers")
    return aspect is not Aspect.TFTP or not any(
        word.startswith(("-a", "--address")) for word in site("tftpflags").split()
    )


def _short(name: str) -> str:
    return name.partition(".")[0]
