"""`makeservices`: services are brought to what the tables want, now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from xcatd.api import Ctx, Nodes, Where, XcatError, command, opt
from xcatd.plugins.services.named import further, is_meant, nothing_wanted


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
    if is_meant(ctx, named):
        await _make(ctx, [name.strip() for name in only.split(",") if name.strip()], dry_run=dry_run)
    await further(ctx, named)


async def _make(ctx: Ctx, only: Sequence[str], *, dry_run: bool) -> None:
    kept = ctx.host.services
    if kept is None or not kept.statuses():
        await ctx.say(nothing_wanted(ctx))
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
