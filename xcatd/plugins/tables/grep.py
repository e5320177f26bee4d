"""`tabgrep`: which tables say something about a node."""

from __future__ import annotations

from xcatd.api import Ctx, Nodes, command
from xcatd.store.schema import Table


@command("tabgrep", lists=True)
async def tabgrep(ctx: Ctx, nodes: Nodes) -> None:
    """Show the tables that have a row for a node, or for one of the groups that it is in."""
    groups = {group for node in nodes for group in ctx.world.groups_of(node)}
    for name, table in sorted(ctx.snapshot.schema.tables.items()):
        if table.node_column and await _mentions(ctx, table, {*nodes}, groups):
            if ctx.wants_json:
                await ctx.item("table", name, {"description": table.description})
            else:
                await ctx.say(name)


async def _mentions(ctx: Ctx, table: Table, nodes: set[str], groups: set[str]) -> bool:
    """Whether an enabled row of the table is about one of them. The node list has rows of nodes only."""
    names = nodes if table.name == "nodelist" else nodes | groups
    if table.log:
        rows = await ctx.host.store.scan(table.name)
        return any(row[table.lookup] in nodes for row in rows if not row.hidden)
    view = ctx.snapshot.table(table.name)
    return any(view.find(name) for name in names)
