"""Groups whose members a rule chooses: to write them into nodelist.groups has no effect, and is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcatd.api import Ctx
from xcatd.plugins.nodes.assignment import Assignment


async def warn_of_dynamic_groups(ctx: Ctx, assignments: Sequence[Assignment]) -> None:
    """Name the dynamic groups that the assignments put nodes into."""
    for group in dict.fromkeys(_dynamic_groups(ctx, assignments)):
        await ctx.warn(
            f"nodegroup {group} is a dynamic node group, should not add a node into a dynamic node group statically."
        )


def _dynamic_groups(ctx: Ctx, assignments: Sequence[Assignment]) -> Iterator[str]:
    groups = ctx.snapshot.table("nodegroup")
    for one in assignments:
        if one.column.cell == ("nodelist", "groups") and one.sign != "^=":
            for name in one.value.split(","):
                if any(row["grouptype"] == "dynamic" for row in groups.find(name)):
                    yield name
