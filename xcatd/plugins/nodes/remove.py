"""`noderm`: nodes are forgotten. `nodepurge`: what tables know of them as devices too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcatd.api import Ctx, Nodes, command
from xcatd.plugins.nodes.values import gathered
from xcatd.store import Delete, Snapshot, TableView
from xcatd.store.schema import Table

_DEVICES = ("mpa", "ppcdirect", "ppchcp", "switches")
"""Tables about nodes as the devices of others, keyed by another column than `node`."""

_TABLES = 5
"""Tables in which a node usually has a row of its own."""

_NO = ("", "0", "n", "no", "off", "disable", "false")


@command("noderm", edits=True)
async def noderm(ctx: Ctx, nodes: Nodes) -> None:
    """Remove nodes: their rows in every table with a column `node`. Records in the logs stay."""
    await ctx.write(*await gathered(ctx, _deletions(ctx.snapshot, nodes, devices=False), len(nodes) * _TABLES))
    await _say_what_stays(ctx, nodes)


@command("nodepurge", edits=True)
async def nodepurge(ctx: Ctx, nodes: Nodes) -> None:
    """Remove nodes, and their rows in the tables of devices (mpa, ppchcp, switches ...) that other nodes may refer to."""
    await ctx.write(*await gathered(ctx, _deletions(ctx.snapshot, nodes, devices=True), len(nodes) * _TABLES))
    await ctx.done("Removed all nodes.")
    await _say_what_stays(ctx, nodes)


async def _say_what_stays(ctx: Ctx, nodes: Sequence[str]) -> None:
    for kind, node, children in _orphans(ctx, nodes):
        await ctx.done(
            f"Removed a {kind} node {node}, please remove these nodes belongs to it manually: {','.join(children)}"
        )
    if ctx.site("pruneservices").strip().lower() not in _NO:
        await ctx.warn(
            "site.pruneservices is set, but this daemon keeps no DHCP entries: remove those of the nodes yourself."
        )


def _deletions(snapshot: Snapshot, nodes: Sequence[str], *, devices: bool) -> Iterator[Delete]:
    for table in snapshot.schema.tables.values():
        if not table.log and (table.node_column == "node" or (devices and table.name in _DEVICES)):
            yield from _of_table(table, snapshot.table(table.name), nodes)


def _of_table(table: Table, view: TableView, nodes: Sequence[str]) -> Iterator[Delete]:
    """The nodes that have rows there, in use or not."""
    if view.rows:
        for node in nodes:
            if view.idents_of(node):
                yield Delete(table.name, {table.lookup: node})


def _orphans(ctx: Ctx, nodes: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Of frames and their drawers (POWER): type, name, and the service processors that belonged to it."""
    rows = ctx.snapshot.table("ppc").rows
    if not rows:
        return
    children: dict[str, list[str]] = {}
    for row in rows:
        if row["parent"] and row["nodetype"] in ("fsp", "bpa"):
            children.setdefault(row["parent"], []).append(row["node"])
    for node in nodes:
        kind = ctx.world.value(node, "ppc", "nodetype") or ctx.world.value(node, "nodetype", "nodetype")
        if kind in ("cec", "frame") and (of_node := children.get(node)):
            yield kind, node, of_node
