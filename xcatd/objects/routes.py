"""Which service nodes a node belongs to."""

from __future__ import annotations

from xcatd.objects.world import World


def service_pool(world: World, node: str) -> tuple[str, ...]:
    """noderes.servicenode: the node's service nodes in the order in which they are tried. Empty: the management node."""
    names = world.value(node, "noderes", "servicenode").split(",")
    return tuple(dict.fromkeys(filter(None, map(str.strip, names))))
