"""`snadd`: nodes become service nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from xcatd.api import FOREVER, Ctx, Nodes, Others, UsageError, Where, command, opt
from xcatd.model import Completes
from xcatd.plugins.servicenode.credentials import GOOD_FOR, say_what_to_type
from xcatd.plugins.servicenode.standing import UP, Heard, asked, fact, is_linked, short
from xcatd.services.nodes.arming import invite
from xcatd.services.servicelife.joining import Above, apart, joined, pooled, services_in

_SECONDS: Final = "10"
"""For which a node is asked whether it lets ssh in."""
_LOOKS: Final = 1.0
"""Seconds between two looks whether it serves."""


@command(
    "snadd",
    where=Where.MANAGEMENT,
    timeout=FOREVER,
    changes=True,
    reads=("--dry-run",),
    completes={"pool": Completes.GROUPS},
)
async def snadd(
    ctx: Ctx,
    nodes: Nodes,
    *,
    services: Annotated[
        str, opt("-s", "--services", "what they serve, columns of table servicenode; nfsserver,nameserver,tftpserver")
    ] = "",
    pool: Annotated[str, opt("--pool", "the group of nodes at the end of whose pool they come")] = "",
    wait: Annotated[int, opt("-w", "--wait", "seconds to wait until they serve")] = 0,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change in the tables, and change nothing")] = False,
) -> None:
    """Make nodes that are defined service nodes: snadd noderange [-s tftpserver,dhcpserver] [--pool GROUP] [--wait SECONDS]

    They come into the group service and into table servicenode, and may have a certificate. One that lets ssh in gets xcatd by the
    postscript servicenode; of the others it is said what is to be typed next. Done again, it does what is missing.
    """
    if any(short(node) == ctx.host.name for node in nodes):
        raise UsageError(f"{ctx.host.name} is the management node, and stays it")
    above = Above(ctx.host.name, ctx.site("master") or ctx.host.name)
    changes = [
        *joined(ctx.world, nodes, above, services_in(services)),
        *(pooled(ctx.world, pool, nodes) if pool else ()),
    ]
    if dry_run:
        await ctx.lines(await asyncio.to_thread(list, ctx.host.store.preview(changes)))
        return
    if changes:
        await ctx.write(*changes)
        ctx.snapshot = ctx.host.store.snapshot
    if pool and (others := apart(ctx.world, pool)):
        await ctx.warn(f"Nodes of {pool} with a servicenode of their own, which stays: {','.join(others)}")
    await _bring(ctx, [node for node in nodes if not await is_linked(ctx, node)])
    await _report(ctx, nodes, wait)


async def _bring(ctx: Ctx, nodes: Sequence[str]) -> None:
    """What makes daemons of them: by ssh where that is let in, else by hand."""
    if not nodes:
        return
    heard = Heard()
    await ctx.host.run(asked(ctx, "xdsh", nodes, "-Q", "-t", _SECONDS, "true"), heard)
    if reached := [node for node in nodes if node in heard.good]:
        await invite(ctx.host.root, ctx.world, dict.fromkeys(reached, "sn"), GOOD_FOR)
        outcome = await Others(ctx, verbose=True).run("updatenode", reached, "-P", "servicenode")
        for failure in outcome.general:
            await ctx.send(failure)
        for node in reached:
            if node not in outcome.good:
                await ctx.fail(
                    "the postscript servicenode has failed there: see above, and type snadd again", node=node
                )
    if left := [node for node in nodes if node not in heard.good]:
        await say_what_to_type(ctx, left)


async def _report(ctx: Ctx, nodes: Sequence[str], wait: int) -> None:
    """How it is with each, at the latest when the time is over."""
    deadline = asyncio.get_running_loop().time() + wait
    left = dict.fromkeys(nodes, "")
    while True:
        for node in list(left):
            left[node] = await _missing(ctx, node)
            if not left[node]:
                del left[node]
                await ctx.say("serves: its link is up, and its services are as table servicenode wants them", node=node)
        if not left or asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(_LOOKS)
    for node, why in left.items():
        if wait:
            await ctx.fail(f"does not serve after {wait} s: {why}", node=node)
        else:
            await ctx.say(f"does not serve yet: {why}", node=node)


async def _missing(ctx: Ctx, node: str) -> str:
    """Why a service node does not serve; "" when it does."""
    link = await fact(ctx, node)
    if not link.startswith(UP):
        return link.removeprefix("down, ") or "no daemon has a link from it"
    heard = Heard()
    status = await ctx.host.run(asked(ctx, "xcatstatus", (node,)), heard)
    return "; ".join(heard.troubles) or ("xcatstatus says that not all is well" if status else "")
