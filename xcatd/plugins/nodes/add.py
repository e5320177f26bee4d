"""`nodeadd`: new nodes."""

from __future__ import annotations

import re

from xcatd.api import Channel, Ctx, UsageError, command
from xcatd.noderange import names
from xcatd.plugins.nodes.assignment import puts, read_assignment
from xcatd.plugins.nodes.selection import read_selection
from xcatd.store import Put

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_CAPITALS = "contains capital letters which may not be resolved correctly by the dns server."


@command("nodeadd", changes=True)
async def nodeadd(ctx: Ctx, noderange: str, assignments: tuple[str, ...]) -> None:
    """Add nodes: nodeadd noderange groups=group[,group ...] [table.column=value ...]

    The noderange is a list of names to be, such as n[01-40]. Nodes that exist already get the values too. The
    operators are those of nodech.
    """
    if not assignments:
        raise UsageError(
            "nodeadd: groups are missing; write nodeadd noderange groups=group[,group] [table.column=value]"
        )
    for word in assignments:
        if read_selection(word) is not None:
            raise UsageError(f"Malformed argument {word}: nodeadd cannot select among nodes that do not exist yet")
    read = [read_assignment(word) for word in assignments]
    nodes = names(noderange)
    if not nodes:
        raise UsageError(f"{noderange!r} names no node; write names such as n1,n2 or n[01-40]")
    for node in nodes:
        if not _NAME.fullmatch(node):
            raise UsageError(f"{node!r} cannot be a node's name: letters, digits, hyphens, dots and underscores can")
    entries = [Put("nodelist", {"node": node}, {}) for node in nodes]
    await ctx.write(*entries, *puts(ctx.snapshot, ctx.world, nodes, read))
    for node in nodes:
        if node != node.lower():
            await ctx.say(f"The node name '{node}' {_CAPITALS}", channel=Channel.WARNING)
