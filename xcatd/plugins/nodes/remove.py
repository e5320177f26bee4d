"""`noderm`: nodes are forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.api import Channel, Ctx, Nodes, command
from xcatd.store import Delete
from xcatd.store.schema import TABLES

_NO = ("", "0", "n", "no", "off", "disable", "false")


@command("noderm", changes=True)
async def noderm(ctx: Ctx, nodes: Nodes) -> None:
    """Remove nodes: their rows in every table with a node column. Records in the logs stay."""
    await ctx.write(*_deletions(ctx, frozenset(nodes)))
    if ctx.site("pruneservices").strip().lower() not in _NO:
        text = "site.pruneservices is set, but this daemon keeps no DHCP entries: remove those of the nodes yourself."
        await ctx.say(text, channel=Channel.WARNING)


def _deletions(ctx: Ctx, nodes: frozenset[str]) -> Iterator[Delete]:
    for table in TABLES.values():
        if "node" not in table.column_names or table.log:
            continue
        named = {row["node"] for row in ctx.snapshot.table(table.name).rows if row["node"] in nodes}
        for node in sorted(named):
            yield Delete(table.name, {"node": node})
