"""Whom a command about services means: this host, and service nodes below it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xcatd.api import Ctx
from xcatd.objects import World
from xcatd.services.drained import Drain, drain_of
from xcatd.services.staticroutes import service_nodes

_HOW_IT_BECOMES_ONE = "set its columns in table servicenode, or name the service nodes themselves"


def is_meant(ctx: Ctx, named: Sequence[str]) -> bool:
    """Whether this host is."""
    return not named or any(short(node) == ctx.host.name for node in named)


async def further(ctx: Ctx, named: Sequence[str]) -> None:
    """Service nodes below have their turn."""
    if not named:
        await ctx.pass_down()
        return
    known = _service_nodes(ctx.world)
    others = [node for node in named if short(node) != ctx.host.name]
    if not ctx.request.down:  # else it was said where it was typed
        for node in others:
            if short(node) not in known:
                await ctx.fail(f"{node} is no service node: {_HOW_IT_BECOMES_ONE}")
    if below := [node for node in others if short(node) in known]:
        await ctx.pass_down(below)


def _service_nodes(world: World) -> Collection[str]:
    """Short names of those that table servicenode has, and of those that other nodes name."""
    pools = set(world.column(world.nodes(), "noderes", "servicenode"))
    named = (name.strip() for pool in pools for name in pool.split(","))
    return {short(name) for name in (*service_nodes(world), *named)}


def short(name: str) -> str:
    """A name without its domain."""
    return name.partition(".")[0]


def nothing_wanted(ctx: Ctx) -> str:
    """The sentence of a host that keeps none."""
    name = ctx.host.name
    why = "table servicenode"
    if drain_of(ctx.snapshot, name) is Drain.DRAINED:
        why = f"it is drained; sndrain {name} --undo lets it serve again"
    return f"{name}: no services are wanted here ({why})"
