"""`nodech`: values of nodes are changed, or their rows in tables deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from xcatd.api import Ctx, Nodes, UsageError, command, opt
from xcatd.plugins.nodes.assignment import puts, read_assignment, tables_of
from xcatd.plugins.nodes.columns import Tables, node_table
from xcatd.plugins.nodes.dynamic import warn_of_dynamic_groups
from xcatd.plugins.nodes.selection import read_selection, select
from xcatd.plugins.nodes.values import gathered
from xcatd.store import Delete


@command("nodech", edits=True)
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
    tables = ctx.snapshot.schema.tables
    if not words:
        raise UsageError("nodech: nothing to change; write nodech noderange table.column=value ...")
    if delete:
        await ctx.write(*await gathered(ctx, _deletions(tables, nodes, words), len(nodes) * len(words)))
        return
    selections = [selection for word in words if (selection := read_selection(tables, word)) is not None]
    assignments = [read_assignment(tables, word) for word in words if read_selection(tables, word) is None]
    if not assignments:
        raise UsageError("nodech: nothing to change: there are only selections; add table.column=value")
    chosen = await select(ctx.world, nodes, selections)
    changes = puts(ctx.snapshot, ctx.world, chosen, assignments)
    if ready := await gathered(ctx, changes, len(chosen) * tables_of(assignments)):
        await ctx.write(*ready)
    await warn_of_dynamic_groups(ctx, assignments)


def _deletions(tables: Tables, nodes: Sequence[str], names: Sequence[str]) -> Iterator[Delete]:
    for name in names:
        if "." in name or "=" in name:
            raise UsageError(f"{name}: . and = not valid in delete mode; name whole tables, such as nodehm")
    for table in [node_table(tables, name) for name in names]:
        for node in nodes:
            yield Delete(table.name, {str(table.node_column): node})
