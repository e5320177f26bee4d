"""`gennr` writes a noderange out without looking at the tables; `rnoderange` writes nodes as groups, as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xcatd.api import Ctx, Nodes, Where, command
from xcatd.objects import World


@command("gennr", where=Where.ANYWHERE, lists=True)
async def gennr(ctx: Ctx, noderange: str) -> None:
    """Write out the names that a noderange such as n[01-40] stands for, sorted. They need not exist."""
    written = sorted(ctx.new_names(noderange))
    if ctx.wants_json:
        for name in written:
            await ctx.item("node", name, {})
        return
    await ctx.lines(written)


@command("rnoderange", where=Where.ANYWHERE, lists=True)
async def rnoderange(ctx: Ctx, nodes: Nodes) -> None:
    """Write nodes as a noderange that is shorter: whole groups by their name, then the nodes that are left."""
    left = dict.fromkeys(nodes)
    chosen = list(_groups_within(ctx.world, left))
    if not ctx.wants_json:
        await ctx.say(",".join((*chosen, *left)))
        return
    for kind, names in (("group", chosen), ("node", left)):
        for name in names:
            await ctx.item(kind, name, {})


def _groups_within(world: World, left: dict[str, None]) -> Iterator[str]:
    """Groups that are wholly among the nodes that are left, the largest first; their members are taken out.

    A group of one node is not shorter than the node. Dynamic groups are left out: their members may change.
    """
    for group, members in sorted(_groups_of(world, list(left)).items(), key=lambda item: (-len(item[1]), item[0])):
        if len(members) > 1 and all(member in left for member in members):
            for member in members:
                del left[member]
            yield group


def _groups_of(world: World, nodes: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The static groups of the nodes, with all their members."""
    lists = dict.fromkeys(world.column(nodes, "nodelist", "groups"))
    groups = dict.fromkeys(name.strip() for text in lists for name in text.split(","))
    dynamic = {row["groupname"] for row in world.snapshot.table("nodegroup").rows if row["grouptype"] == "dynamic"}
    return {group: world.members(group) or () for group in groups if group and group not in dynamic}
