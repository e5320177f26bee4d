"""Which service nodes a node belongs to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xcatd.objects.world import World

_NO = frozenset({"n", "no", "0"})


def service_pool(world: World, node: str) -> tuple[str, ...]:
    """noderes.servicenode: the node's service nodes in the order in which they are tried. Empty: the management node."""
    names = world.value(node, "noderes", "servicenode").split(",")
    return tuple(dict.fromkeys(filter(None, map(str.strip, names))))


def reached_centrally(world: World, nodes: Sequence[str]) -> Collection[str]:
    """Those of the nodes whose BMCs the management node reaches itself, past their service nodes: with site.ipmidispatch=n all
    that are managed by ipmi."""
    if world.snapshot.site("ipmidispatch").lower() not in _NO:
        return ()
    methods = zip(nodes, *(world.column(nodes, "nodehm", column) for column in ("power", "mgt")), strict=True)
    return {node for node, power, mgt in methods if "ipmi" in (power, mgt)}
