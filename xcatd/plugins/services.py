"""`xcatstatus` and `makeservices`: the services that the management node and service nodes keep (table servicenode)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, Where, XcatError, command, opt
from xcatd.services.staticroutes import service_nodes

if TYPE_CHECKING:
    from xcatd.objects import World
    from xcatd.services.keeping import Status

_WANTED = {None: "?", "": "-", "1": "on", "2": "on (2)"}
_DOWN = ("stopped", "absent")
"""Words for a server that does not run, and nobody tries to start it."""
_HOW_IT_BECOMES_ONE = "set its columns in table servicenode, or name the service nodes themselves"


@command("xcatstatus", where=Where.LOCAL)
async def xcatstatus(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    everything: Annotated[bool, opt("-a", "--all", "services that are left alone, too")] = False,
) -> None:
    """Show the services of this host and of the service nodes below it, or of the ones that are named.

    A line each: the host, the service, what is wanted (table servicenode), how it is and for how long. What is wrong is said too.
    Exit status 1 when a service is not as it is wanted.
    """
    named = ctx.named(nodes)
    if _is_meant(ctx, named):
        await _show(ctx, everything=everything)
    await _further(ctx, named)


@command("makeservices", timeout=600, changes=True, reads=("--dry-run",), where=Where.LOCAL)
async def makeservices(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    only: Annotated[str, opt("-s", "--service", "these services only, with commas between")] = "",
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Bring the services of this host and of the service nodes below it to what the tables want, now; or of those named.

    The daemon does the same when it starts and when tables change.
    """
    named = ctx.named(nodes)
    if _is_meant(ctx, named):
        await _make(ctx, [name.strip() for name in only.split(",") if name.strip()], dry_run=dry_run)
    await _further(ctx, named)


def _is_meant(ctx: Ctx, named: Sequence[str]) -> bool:
    return not named or any(_short(node) == ctx.host.name for node in named)


async def _further(ctx: Ctx, named: Sequence[str]) -> None:
    """Service nodes below have their turn."""
    if not named:
        await ctx.pass_down()
        return
    known = _service_nodes(ctx.world)
    others = [node for node in named if _short(node) != ctx.host.name]
    if not ctx.request.down:  # else it was said where it was typed
        for node in others:
            if _short(node) not in known:
                await ctx.fail(f"{node} is no service node: {_HOW_IT_BECOMES_ONE}")
    if below := [node for node in others if _short(node) in known]:
        await ctx.pass_down(below)


def _service_nodes(world: World) -> Collection[str]:
    """Short names of those that table servicenode has, and of those that other nodes name."""
    pools = set(world.column(world.nodes(), "noderes", "servicenode"))
    named = (name.strip() for pool in pools for name in pool.split(","))
    return {_short(name) for name in (*service_nodes(world), *named)}


def _short(name: str) -> str:
    return name.partition(".")[0]


async def _show(ctx: Ctx, *, everything: bool) -> None:
    statuses = () if ctx.host.services is None else ctx.host.services.statuses()
    shown = [each for each in statuses if everything or each.wanted or each.error]
    waiting = [each.service for each in statuses if each.wanted is None and not each.error]
    if waiting:
        await ctx.fail(f"Not looked at yet: {', '.join(waiting)}")
    elif not shown:
        await ctx.say(_nothing(ctx))
    for each in shown:
        await ctx.say(f"{ctx.host.name}: {_line(each)}")
        if trouble := _trouble(each, ctx.host.name):
            await ctx.fail(f"{each.service}: {trouble}")
        for text in each.warnings:
            await ctx.warn(f"{each.service}: {text}")


def _nothing(ctx: Ctx) -> str:
    return f"{ctx.host.name}: no services are wanted here (table servicenode)"


def _trouble(status: Status, host: str) -> str:
    """Why it is not as it is wanted; "" when it is."""
    if status.error:
        return f"{status.error}{_again(status)}"
    if status.doing and status.checked is None:
        return f"it is {status.doing}"
    if status.word in _DOWN:
        return f"its server is {status.word}: `makeservices {host} -s {status.service}` starts it"
    return ""


def _line(status: Status) -> str:
    age = "" if status.since is None else _span((datetime.now(UTC) - status.since).total_seconds())
    checked = "" if status.checked is None else f"checked {status.checked:%Y-%m-%dT%H:%M:%SZ}"
    return f"{status.service:<13} {_WANTED[status.wanted]:<6} {status.word:<13} {age:>6}  {checked}".rstrip()


def _again(status: Status) -> str:
    if status.again is None:
        return ""
    left = max(0.0, (status.again - datetime.now(UTC)).total_seconds())
    return f" (next try in {_span(left)})"


def _span(seconds: float) -> str:
    """A time as people say it: 12s, 3m, 5h, 2d."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{letter}"
    return f"{int(seconds)}s"


async def _make(ctx: Ctx, only: Sequence[str], *, dry_run: bool) -> None:
    kept = ctx.host.services
    if kept is None or not kept.statuses():
        await ctx.say(_nothing(ctx))
        return
    names = kept.chosen(only)
    if not names:
        await ctx.fail("The services of this host are still being loaded: try again in a moment")
    for name in names:
        try:
            outcome = await kept.run(name, dry_run=dry_run)
        except XcatError as error:
            await ctx.fail(f"{name}: {error}")
            continue
        for text in outcome.warnings:
            await ctx.warn(f"{name}: {text}")
        await ctx.lines(f"{ctx.host.name}: {line}" for line in outcome.lines)
