"""Which service nodes a node belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from xcatd.objects.world import World

_PAIR = 2
_NO = frozenset({"n", "no", "0"})


def service_pool(world: World, node: str) -> tuple[str, ...]:
    """noderes.servicenode: the node's service nodes in the order in which they are tried. Empty: the management node."""
    return _names(world.value(node, "noderes", "servicenode"))


def reached_centrally(world: World, nodes: Sequence[str]) -> Collection[str]:
    """Those of the nodes whose BMCs the management node reaches itself, past their service nodes: with site.ipmidispatch=n all
    that are managed by ipmi."""
    if world.snapshot.site("ipmidispatch").lower() not in _NO:
        return ()
    methods = zip(nodes, *(world.column(nodes, "nodehm", column) for column in ("power", "mgt")), strict=True)
    return {node for node, power, mgt in methods if "ipmi" in (power, mgt)}


def console_pools(world: World, nodes: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """For each of the nodes the service nodes that may have its console, in their order: nodehm.conserver (the part before the
    colon is the name that daemons know), else those of noderes.servicenode. Empty: the management node."""
    servers = world.column(nodes, "nodehm", "conserver")
    pools = world.column(nodes, "noderes", "servicenode")
    return [_names(server.partition(":")[0] or pool) for server, pool in zip(servers, pools, strict=True)]


@dataclass(frozen=True, slots=True)
class Monitors:
    """The collecting servers of a node: as daemons know them, in their order; and, where one only is told, as the node knows it."""

    pool: tuple[str, ...]
    seen: str = ""


def monitors_of(world: World, node: str) -> Monitors:
    """noderes.monserver. `a,b` is one server, as the management node and as the node know it, unless b is another service node:
    then it is a pool, as three names and more are."""
    names = _names(world.value(node, "noderes", "monserver"))
    return Monitors(names) if len(names) != _PAIR or _serves(world, names[1]) else Monitors(names[:1], names[1])


def _serves(world: World, name: str) -> bool:
    """Whether nodes have a service node of this name, or table servicenode has it."""
    return name in world.snapshot.cached(_serves, lambda: frozenset(_servers(world)))


def _servers(world: World) -> Iterator[str]:
    for text in set(world.column(world.nodes(), "noderes", "servicenode")):
        yield from _names(text)
    entries = world.snapshot.table("servicenode").keys()
    for entry in entries:
        yield from (entry,) if world.has_node(entry) else world.members(entry) or ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
