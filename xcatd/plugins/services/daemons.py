"""The daemons below this one: asked what they know of themselves (`lookat`), and shown as a tree."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from xcatd.api import Channel, Ctx
from xcatd.model import Caller, Line, Reply, Request, Role
from xcatd.services.health.state import Health, Word
from xcatd.services.health.telling import fact_of, read_fact
from xcatd.services.health.tree import Row, attributes, lines, rows


async def show_tree(ctx: Ctx) -> None:
    """A line or an item for each daemon, and a failure for each that is not healthy. Raises XcatError."""
    facts = await _facts(ctx)
    found = rows(ctx.world, facts, ctx.host.name, is_master=ctx.host.role is Role.MANAGEMENT)
    if ctx.wants_json:
        for row in found:
            await ctx.item("daemon", row.name, attributes(row))
    else:
        await ctx.lines(lines(found))
    for row in found:
        await _tell(ctx, row)


async def tell_health(ctx: Ctx, health: Health) -> None:
    """A failure for one that is not healthy."""
    told = read_fact(fact_of(health, asyncio.get_running_loop().time()))
    await _tell(ctx, Row(health.name.partition(".")[0], 1, ctx.host.name, told))


async def _tell(ctx: Ctx, row: Row) -> None:
    """That nothing is known yet of one that was just defined, or of all when this daemon has just started, is no failure."""
    if not row.trouble:
        return
    if row.told is not None and row.told.word is Word.UNKNOWN:
        await ctx.warn(row.trouble)
    else:
        await ctx.fail(row.trouble)


async def _facts(ctx: Ctx) -> Mapping[str, Mapping[str, str]]:
    """What each daemon says of itself. Who does not answer is missing; that is shown by who is above it."""
    caller = Caller(ctx.host.name, ctx.host.role, ctx.host.name, "this host")
    heard = _Heard()
    with ctx.standstill():
        await ctx.host.run(Request(secrets.token_hex(4), "lookat", caller), heard)
    return heard.facts


@dataclass(slots=True)
class _Heard:
    """`facts`: by the daemon that says them."""

    facts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Line) and reply.channel is Channel.DATA and reply.text:
            told = json.loads(reply.text)
            self.facts[str(told["name"])] = told
