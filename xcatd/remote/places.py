"""Where nodes are, as the tables and the resolver say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.objects import World
from xcatd.services.addresses import look_up, unaddressed


async def addresses_by_node(world: World, nodes: Sequence[str]) -> Mapping[str, str]:
    """hosts.ip of each node, else what the resolver gives for its name; nodes that nobody knows are left out."""
    found = {node: ip for node, ip in zip(nodes, world.column(nodes, "hosts", "ip"), strict=True) if ip}
    asked = await look_up(unaddressed(world, nodes))
    return found | {node: str(address) for node, address in asked.items()}
