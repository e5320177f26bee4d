"""`nodetoken`: nodes may have a certificate for a while, or not any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.objects.endpoints.macs import macs_of
from xcatd.services.nodes.tokens import Armed, Kind, Tokens

LONGEST = 7 * 24 * 60
"""Minutes."""


def tokens_of(ctx: Ctx) -> Tokens:
    """The armed nodes of this management node."""
    return Tokens(ctx.host.root / "etc/xcat/armed")


@command("nodetoken", where=Where.MANAGEMENT, timeout=300)
async def nodetoken(
    ctx: Ctx,
    nodes: Nodes,
    *,
    minutes: Annotated[int, opt("-m", "--minutes", "how long it may be used; 60 unless said")] = 60,
    service: Annotated[bool, opt("--service", "for a service node: its certificate may speak for others")] = False,
    disarm: Annotated[bool, opt("-d", "--disarm", "let these nodes have no certificate any more")] = False,
    show: Annotated[bool, opt("-l", "--list", "which of these nodes may have one, and until when")] = False,
) -> None:
    """Let each of these nodes have a certificate of its own, once: nodetoken noderange [-m minutes]

    Prints the token of each, which is kept nowhere else. It is good for a node with the MAC address (table mac) and the UUID
    (table vpd) that the tables have now, as far as they have them.
    """
    tokens = tokens_of(ctx)
    if not 1 <= minutes <= LONGEST:
        raise UsageError(f"nodetoken: a token is good for 1 to {LONGEST} minutes, not {minutes}")
    if disarm and show:
        raise UsageError("nodetoken: either --disarm or --list")
    if show:
        await _show(ctx, nodes, await asyncio.to_thread(tokens.armed, datetime.now(UTC)))
        return
    for node in nodes:
        if disarm:
            await asyncio.to_thread(tokens.disarm, node)
            continue
        token = await arm(ctx, node, "sn" if service else "node", timedelta(minutes=minutes))
        await ctx.say(token, node=node)


async def arm(ctx: Ctx, node: str, role: Kind, lasts: timedelta) -> str:
    """Arm one node as the tables know it now; gives the token. For commands that install nodes. Raises ServiceError."""
    uuid = ctx.world.value(node, "vpd", "uuid")
    return await asyncio.to_thread(
        tokens_of(ctx).arm, node, role, datetime.now(UTC), lasts, macs_of(ctx.world, node), uuid
    )


async def _show(ctx: Ctx, nodes: Nodes, armed: Sequence[Armed]) -> None:
    wanted = frozenset(nodes)
    for one in armed:
        if one.node in wanted:
            await ctx.say(f"{one.role} until {one.until.astimezone():%Y-%m-%d %H:%M:%S}", node=one.node)
