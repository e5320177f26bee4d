"""`snretire`: a service node is one no longer."""

from __future__ import annotations

import asyncio
from typing import Annotated

from xcatd.api import Busy, Ctx, Nodes, UsageError, Where, command, opt
from xcatd.noderange import fold
from xcatd.plugins.servicenode.credentials import disarmed, taken_back
from xcatd.plugins.servicenode.standing import UP, fact, short
from xcatd.services.drained import Drain, drain_of
from xcatd.services.servicelife.pools import held, named, retired
from xcatd.services.staticroutes import service_nodes


@command("snretire", where=Where.MANAGEMENT, timeout=300, changes=True, reads=("--dry-run",))
async def snretire(
    ctx: Ctx,
    nodes: Nodes,
    *,
    yes: Annotated[bool, opt("-y", "--yes", "do not ask")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change in the tables, and change nothing")] = False,
) -> None:
    """Make a service node a node like others: snretire SERVICENODE

    It leaves all pools, table servicenode and the group service, and its certificates are revoked; the node stays defined. Nodes
    that have it as their first service node must have been moved before: sndrain. It is asked for a yes at a terminal.
    """
    name = _meant(ctx, nodes)
    changes = retired(ctx.world, name)
    if dry_run:
        await ctx.lines(await asyncio.to_thread(list, ctx.host.store.preview(changes)))
        await ctx.say(f"{name}: then: its certificates are revoked, and its link ends")
        return
    serves = (await fact(ctx, name)).startswith(UP) and drain_of(ctx.snapshot, name) is not Drain.DRAINED
    if serves:
        raise Busy(f"{name} is up and keeps its services: stop them first, by: sndrain {name}")
    await _confirmed(ctx, name, yes=yes)
    serials = await taken_back(ctx, name, "cessationOfOperation")  # first: without the signer nothing is changed
    await disarmed(ctx, name)
    if changes:
        await ctx.write(*changes)
        ctx.snapshot = ctx.host.store.snapshot
    await ctx.say(f"{name}: revoked: {', '.join(serials) or 'it had no good certificate'}")
    await _say_what_stays(ctx, name)


def _meant(ctx: Ctx, nodes: Nodes) -> str:
    """The one that is to be retired, which holds nothing. Raises UsageError and Busy."""
    if len(nodes) != 1:
        raise UsageError("snretire takes one service node")
    (name,) = nodes
    if short(name) == ctx.host.name:
        raise UsageError(f"{name} is the management node: it is retired by nobody")
    holds = held(ctx.world, name)
    if several := sorted({*holds.nodes, *holds.consoles}):
        raise Busy(
            f"{name} is the first service node of {fold(several)}, or has their consoles: type sndrain {name} first"
        )
    return name


async def _confirmed(ctx: Ctx, name: str, *, yes: bool) -> None:
    """Raises UsageError when it is not meant, or nobody says that it is."""
    if yes:
        return
    answer = await ctx.ask(
        f"{name} will be no service node any more, and its certificates are revoked. Type yes and Enter to go on:"
    )
    if answer is None or answer.lower() not in ("y", "yes"):
        raise UsageError(f"snretire {name}: not confirmed, so nothing was changed; --yes goes on without a question")


async def _say_what_stays(ctx: Ctx, name: str) -> None:
    if others := named(ctx.world, name):
        await ctx.warn(
            f"Pools that are worked out by rules still name {name}: change noderes.servicenode of {fold(others)}"
        )
    if name in service_nodes(ctx.world):
        await ctx.warn(f"A row of a group makes {name} a service node still: see tabdump servicenode, and its groups")
    await ctx.say(f"{name}: is no service node any more; the node is still defined")
    await ctx.say(
        f"{name}: next, there: systemctl disable --now xcatd xcatd.socket, for it still has a copy of the tables"
    )
