"""`nodech`: values of nodes are changed, or their rows in tables deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from xcatd.api import Channel, Ctx, Nodes, UsageError, command, opt
from xcatd.plugins.nodes.assignment import Assignment, puts, read_assignment
from xcatd.plugins.nodes.columns import node_table
from xcatd.plugins.nodes.selection import read_selection, select
from xcatd.store import Delete


@command("nodech", changes=True)
async def nodech(
    ctx: Ctx,
    nodes: Nodes,
    words: tuple[str, ...],
    *,
    delete: Annotated[bool, opt("-d", "--delete", "delete the nodes' rows: -d noderange table ...")] = False,
) -> None:
    """Change values of nodes: nodech noderange table.column=value ...

    = sets, =@ sets a value that begins like an operator, ,= puts missing items in front of a list, ^= takes items
    out. table.column==value (also != =~ !~) changes only the nodes for which that holds. An empty value hides the
    value of the groups; NULL clears the node's own cell. Either all is changed or nothing.
    """
    if not words:
        raise UsageError("nodech: nothing to change; write nodech noderange table.column=value ...")
    if delete:
        await ctx.write(*_deletions(nodes, words))
        return
    selections = [selection for word in words if (selection := read_selection(word)) is not None]
    assignments = [read_assignment(word) for word in words if read_selection(word) is None]
    if not assignments:
        raise UsageError("nodech: nothing to change: there are only selections; add table.column=value")
    chosen = select(ctx.world, nodes, selections) if selections else nodes
    changes = list(puts(ctx.snapshot, ctx.world, chosen, assignments))
    if changes:
        await ctx.write(*changes)
    for group in _dynamic_groups(ctx, assignments):
        text = f"Group '{group}' is dynamic: its wherevals choose its members, and naming it here adds nobody to it."
        await ctx.say(text, channel=Channel.WARNING)


def _deletions(nodes: Sequence[str], tables: Sequence[str]) -> Iterator[Delete]:
    for table in [node_table(name) for name in tables]:
        for node in nodes:
            yield Delete(table.name, {str(table.node_column): node})


def _dynamic_groups(ctx: Ctx, assignments: Sequence[Assignment]) -> Iterator[str]:
    """Dynamic groups that the assignments put nodes into."""
    groups = ctx.snapshot.table("nodegroup")
    for one in assignments:
        if one.cell == ("nodelist", "groups") and one.sign != "^=":
            for name in one.value.split(","):
                if any(row["grouptype"] == "dynamic" for row in groups.find(name)):
                    yield name
