"""`nodetoken`: nodes may have a certificate for a while, or not any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.services.nodes.arming import arm
from xcatd.services.nodes.invitations import Invitations
from xcatd.services.nodes.tokens import Armed, Kind, Tokens

log = logging.getLogger(__name__)

LONGEST = 7 * 24 * 60
"""Minutes."""
_USE_WITHIN = timedelta(minutes=15)
"""A node that asks for its token is going to use it."""


@command("nodetoken", where=Where.MANAGEMENT, timeout=300)
async def nodetoken(
    ctx: Ctx,
    nodes: Nodes,
    *,
    minutes: Annotated[int, opt("-m", "--minutes", "how long it may be used; 60 unless said")] = 60,
    service: Annotated[bool, opt("--service", "for a service node: its certificate may speak for others")] = False,
    disarm: Annotated[bool, opt("-d", "--disarm", "let these nodes have no certificate any more")] = False,
    show: Annotated[bool, opt("-l", "--list", "which of these nodes may have one, and until when")] = False,
    asked: Annotated[
        bool, opt("--asked", "only for nodes that nodeset has armed: these ask for it themselves")
    ] = False,
) -> None:
    """Let each of these nodes have a certificate of its own, once: nodetoken noderange [-m minutes]

    Prints the token of each, which is kept nowhere else. It is good for a node with the MAC address (table mac) and the UUID
    (table vpd) that the tables have now, as far as they have them.
    """
    tokens = Tokens.below(ctx.host.root)
    if not 1 <= minutes <= LONGEST:
        raise UsageError(f"nodetoken: a token is good for 1 to {LONGEST} minutes, not {minutes}")
    if disarm + show + asked > 1:
        raise UsageError("nodetoken: only one of --disarm, --list and --asked")
    invitations = Invitations.below(ctx.host.root)
    if show:
        await _show(ctx, nodes, await asyncio.to_thread(tokens.armed, datetime.now(UTC)))
        await _show(ctx, nodes, await asyncio.to_thread(invitations.all, datetime.now(UTC)), ", when it asks")
    elif disarm:
        await asyncio.to_thread(tokens.disarm, frozenset(nodes))
        await asyncio.to_thread(invitations.end, frozenset(nodes))
    elif asked:
        await _hand_out(ctx, nodes, "sn" if service else "node")
    else:
        role: Kind = "sn" if service else "node"
        await _warn(ctx, nodes)
        made = await arm(ctx.host.root, ctx.world, nodes, role, timedelta(minutes=minutes))
        await ctx.node_lines((node, None, made[node]) for node in nodes)


async def _warn(ctx: Ctx, nodes: Nodes) -> None:
    """The policy table knows names only: a node that is called like a user has his rights."""
    named = {row["name"] for row in ctx.snapshot.table("policy").rows if not row.hidden}
    for node in nodes:
        if node in named:
            await ctx.warn(f"The policy table has a row for {node}: whoever has this certificate may do what it allows")


async def _show(ctx: Ctx, nodes: Nodes, armed: Sequence[Armed], how: str = "") -> None:
    wanted = frozenset(nodes)
    for one in armed:
        if one.node in wanted:
            await ctx.say(f"{one.role} until {one.until.astimezone():%Y-%m-%d %H:%M:%S}{how}", node=one.node)


async def _hand_out(ctx: Ctx, nodes: Nodes, role: Kind) -> None:
    """A token for each that nodeset has armed; a new one when it asks again, until it has its certificate."""
    now = datetime.now(UTC)
    invitations, tokens = Invitations.below(ctx.host.root), Tokens.below(ctx.host.root)
    for node in nodes:
        found = await asyncio.to_thread(invitations.of, node, role, now)
        if found is None:
            log.warning("no token for %s: it is not armed, or has had its certificate", node)
            await ctx.fail("it is not armed, or has had its certificate: nodeset or nodetoken arms it", node=node)
            continue
        made = await asyncio.to_thread(tokens.arm, (replace(found, until=min(found.until, now + _USE_WITHIN)),))
        log.info("token given", extra={"facts": {"node": node, "role": found.role}})
        await ctx.say(made[node], node=node)
