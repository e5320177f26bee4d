"""What a service node does not know for certain while its tables may be old: which of its nodes have gone to another one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xcatd.objects import World
from xcatd.services.health.wanted import others
from xcatd.services.staticroutes import service_nodes
from xcatd.services.takeover.policy import Served, pools, shared, short


def at_risk(world: World, names: Collection[str], cut_for: float | None = None) -> frozenset[str]:
    """The nodes of a service node, called by these names, that may have gone to another one by themselves. `cut_for`: seconds for
    which it has been away; None: nobody knows."""
    return frozenset(one.node for one in _shared(world, names) if cut_for is None or one.terms.after <= cut_for)


def asked_by(world: World, names: Collection[str]) -> Sequence[str]:
    """The service nodes that a host of these names asks whether it is cut off: those that the daemon above would ask about it."""
    mine = set(map(short, names))
    every = {name for pool in pools(world) for name in pool} | service_nodes(world)
    me = next((name for name in sorted(mine) if name in set(map(short, every))), "")
    return others(world, me, [name for name in every if short(name) not in mine])


def _shared(world: World, names: Collection[str]) -> Sequence[Served]:
    """Nodes that may go by themselves, of whose pools this host is not the only one."""
    mine = set(map(short, names))
    ours = (pool for pool in pools(world) if 0 < sum(short(name) in mine for name in pool) < len(pool))
    return shared(world, tuple(ours))
