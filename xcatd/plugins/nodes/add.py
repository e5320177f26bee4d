"""`nodeadd`: new nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xcatd.api import Ctx, UsageError, command
from xcatd.plugins.nodes.assignment import puts, read_assignment, tables_of
from xcatd.plugins.nodes.dynamic import warn_of_dynamic_groups
from xcatd.plugins.nodes.selection import read_selection
from xcatd.plugins.nodes.values import gathered
from xcatd.store import Put

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_CAPITALS = "contains capital letters which may not be resolved correctly by the dns server."


@command("nodeadd", edits=True)
async def nodeadd(ctx: Ctx, noderange: str, assignments: tuple[str, ...]) -> None:
    """Add nodes: nodeadd noderange groups=group[,group ...] [table.column=value ...]

    The noderange is a list of names to be, such as n[01-40]. Nodes that exist already get the values too. The
    operators are those of nodech.
    """
    if not assignments:
        raise UsageError(
            "nodeadd: groups are missing; write nodeadd noderange groups=group[,group] [table.column=value]"
        )
    tables = ctx.snapshot.schema.tables
    for word in assignments:
        if read_selection(tables, word) is not None:
            raise UsageError(f"Malformed argument {word}: nodeadd cannot select among nodes that do not exist yet")
    read = [read_assignment(tables, word) for word in assignments]
    nodes = ctx.new_names(noderange)
    if not nodes:
        raise UsageError(f"{noderange!r} names no node; write names such as n1,n2 or n[01-40]")
    _check(ctx, nodes)
    changes = puts(ctx.snapshot, ctx.world, nodes, read)
    entries = [Put("nodelist", {"node": node}, {}) for node in nodes]
    await ctx.write(*entries, *await gathered(ctx, changes, len(nodes) * tables_of(read)))
    if capitals := [node for node in nodes if node != node.lower()]:
        await ctx.warn(f"The node name '{','.join(capitals)}' {_CAPITALS}")
    await warn_of_dynamic_groups(ctx, read)


def _check(ctx: Ctx, nodes: Sequence[str]) -> None:
    """Raise UsageError for what cannot be, or must not be, the name of a node."""
    for node in nodes:
        if not _NAME.fullmatch(node):
            raise UsageError(f"{node!r} cannot be a node's name: letters, digits, hyphens, dots and underscores can")
        if not ctx.world.has_node(node) and ctx.world.members(node) is not None:
            raise UsageError(f"{node} is a group: a node of that name would hide it, so give the node another name")
