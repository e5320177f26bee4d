"""Whose console a node's is, and whether it is kept open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xcatd.consoles.log.settings import YES
from xcatd.objects import World
from xcatd.objects.routes import console_pools

_COLUMNS = ("cons", "serialport")
"""Of table nodehm: either says that a node has a console."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A daemon, by the names that the tables may have for it."""

    names: frozenset[str]
    is_master: bool

    def __contains__(self, name: str) -> bool:
        return name in self.names or name.partition(".")[0] in self.names


def owned(world: World, me: Owner, away: Collection[str]) -> Sequence[str]:
    """The nodes whose consoles are this daemon's, in the order of the tables: it is the first of their service nodes that is not
    away. Nodes that have none are the management node's."""
    nodes = with_console(world)
    pools = console_pools(world, nodes)
    return [node for node, pool in zip(nodes, pools, strict=True) if _is_first(pool, me, away)]


def _is_first(pool: Sequence[str], me: Owner, away: Collection[str]) -> bool:
    if not pool:
        return me.is_master
    return _first(pool, away) in me


def _first(pool: Sequence[str], away: Collection[str]) -> str:
    return next((name for name in pool if name not in away), pool[0])


def inherited(world: World, nodes: Sequence[str], away: Collection[str]) -> Collection[str]:
    """Those of the nodes whose consoles were another's, until that went away."""
    if not away:
        return set()
    return {node for node, pool in zip(nodes, console_pools(world, nodes), strict=True) if pool and pool[0] in away}


def whereabouts(world: World, node: str, away: Collection[str]) -> str:
    """A sentence for those who look at a console that was this daemon's: where it is now."""
    if not world.has_node(node):
        return f"there is no node {node} any more"
    if not any(world.value(node, "nodehm", column) for column in _COLUMNS):
        return f"{node} has no console any more: nodehm.cons is not set"
    (pool,) = console_pools(world, (node,))
    owner = _first(pool, away) if pool else "the management node"
    return f"the console of {node} is at {owner} now"


def with_console(world: World) -> Sequence[str]:
    """The nodes that have one: nodehm.cons says how it is reached, or nodehm.serialport that there is one."""
    nodes = world.nodes()
    columns = (world.column(nodes, "nodehm", column) for column in _COLUMNS)
    return [node for node, cons, port in zip(nodes, *columns, strict=True) if cons or port]


def on_demand(world: World, nodes: Sequence[str]) -> Mapping[str, bool]:
    """Whether the console of a node is open only while somebody looks: nodehm.consoleondemand, else site.consoleondemand."""
    usual = world.snapshot.site("consoleondemand").lower()
    own = world.column(nodes, "nodehm", "consoleondemand")
    return {node: (word.lower() or usual) in YES for node, word in zip(nodes, own, strict=True)}
