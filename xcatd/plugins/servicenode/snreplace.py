"""`snreplace`: another host, or another disk, takes the place of a service node, under its name and with a new key."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, Nodes, Where, command, opt
from xcatd.plugins.servicenode.credentials import say_what_to_type, taken_back
from xcatd.plugins.servicenode.standing import the_one
from xcatd.services.drained import drain_of
from xcatd.services.servicelife.pools import held


@command("snreplace", where=Where.MANAGEMENT, timeout=300, changes=True, reads=("--dry-run",))
async def snreplace(
    ctx: Ctx,
    nodes: Nodes,
    *,
    dry_run: Annotated[bool, opt("--dry-run", "show what would be done, and do nothing")] = False,
) -> None:
    """Let a service node have a new key under its old name: snreplace SERVICENODE

    All certificates that it has are revoked, which ends its links within a second or two, and it gets a token for a new one. Its
    nodes go to the next of their pools as long as it is away; who wants them moved types sndrain before.
    """
    name = the_one(ctx, nodes)
    if dry_run:
        await ctx.say(f"{name}: then: its certificates are revoked, its link ends, and it gets a token for a new one")
        return
    if (count := len(held(ctx.world, name).nodes)) and drain_of(ctx.snapshot, name) is None:
        await ctx.warn(f"{name} is not drained: {count} nodes have it as their first service node meanwhile")
    serials = await taken_back(ctx, name, "superseded")
    await ctx.say(f"{name}: revoked: {', '.join(serials) or 'it had no good certificate'}")
    await ctx.say(
        "on the same host: first rm /etc/xcat/cert/server-*, for it makes no new key as long as it has one", node=name
    )
    await say_what_to_type(ctx, (name,))
