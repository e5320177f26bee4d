"""`xcatstatus`: what services hosts keep and how they are, and how the service nodes themselves are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.plugins.services.named import further, is_meant, nothing_wanted, short

if TYPE_CHECKING:
    from xcatd.services.keeping import Status

_WANTED = {None: "?", "": "-", "1": "on", "2": "on (2)"}
_DOWN = ("stopped", "absent")
"""Words for a server that does not run, and nobody tries to start it."""
_JSON = "--json"


@command("xcatstatus", where=Where.LOCAL, lists=True)
async def xcatstatus(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    everything: Annotated[bool, opt("-a", "--all", "services that are left alone, too")] = False,
    tree: Annotated[bool, opt("--tree", "instead: the daemons, each below the one above it, and how they are")] = False,
) -> None:
    """Show the services of this host and of the service nodes below it, or of the ones that are named.

    A line each: the host, the service, what is wanted (table servicenode), how it is and for how long. What is wrong is said too,
    also of service nodes that are not healthy. Exit status 1 when a service or a service node is not as it should be.
    With --tree a line for each daemon: how it is and for how long, its version, how old its tables are, the load of its host (of
    one minute, for each processor), its nodes. --json goes with that.
    """
    named = ctx.named(nodes)
    if tree:
        if named or everything:
            raise UsageError("xcatstatus --tree shows all daemons: leave out the noderange and -a")
        from xcatd.plugins.services.daemons import show_tree

        await show_tree(ctx)
        return
    if ctx.wants_json:
        raise UsageError(f"xcatstatus {_JSON} shows the tree: say --tree, too")
    if is_meant(ctx, named):
        await _show(ctx, everything=everything)
    await further(ctx, named)
    await _tell_healths(ctx, named)


async def _show(ctx: Ctx, *, everything: bool) -> None:
    statuses = () if ctx.host.services is None else ctx.host.services.statuses()
    shown = [each for each in statuses if everything or each.wanted or each.error]
    waiting = [each.service for each in statuses if each.wanted is None and not each.error]
    if waiting:
        await ctx.fail(f"Not looked at yet: {', '.join(waiting)}")
    elif not shown:
        await ctx.say(nothing_wanted(ctx))
    for each in shown:
        await ctx.say(f"{ctx.host.name}: {_line(each)}")
        if trouble := _trouble(each, ctx.host.name):
            await ctx.fail(f"{each.service}: {trouble}")
        for text in each.warnings:
            await ctx.warn(f"{each.service}: {text}")


async def _tell_healths(ctx: Ctx, named: Sequence[str]) -> None:
    """Which service nodes directly below are not healthy. Those that were named, else all."""
    if ctx.host.health is None:
        return
    from xcatd.plugins.services.daemons import tell_health

    meant = {short(node) for node in named}
    for name, health in sorted(ctx.host.health.healths().items()):
        if not named or name in meant:
            await tell_health(ctx, health)


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
    from xcatd.services.health.telling import span

    return span(seconds)
