"""What a service node's own daemon does when it is drained, and when that is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from xcatd.api import Ctx, XcatError
from xcatd.plugins.servicenode.standing import short
from xcatd.services.drained import Drain, drain_of

_LOOKS: Final = 0.2
"""Seconds between two looks at what is under way."""
_REQUESTS: Final = "requests"
_NONE: Final = "none"


async def rest_below(ctx: Ctx, named: Sequence[str], wait: int) -> None:
    """On a service node, which has been passed the request: its part, if it is named, else pass it on.

    While it is draining, wait until nothing is under way; else bring its services to what is wanted.
    """
    node = next((each for each in named if short(each) == ctx.host.name), "")
    if not node:
        await ctx.pass_down(named)
        return
    await ctx.host.store.catch_up()
    if drain_of(ctx.host.store.snapshot, node) is Drain.DRAINING:
        await _quiet(ctx, node, wait)
    else:
        await _services(ctx, node)


async def _quiet(ctx: Ctx, node: str, wait: int) -> None:
    deadline = asyncio.get_running_loop().time() + wait
    while (work := (await ctx.host.about("")).get(_REQUESTS, _NONE)) != _NONE:
        if asyncio.get_running_loop().time() >= deadline:
            await ctx.fail(f"under way there after {wait} s: {work}", node=node)
            return
        await asyncio.sleep(_LOOKS)


async def _services(ctx: Ctx, node: str) -> None:
    kept = ctx.host.services
    if kept is None:
        return
    for name in kept.chosen(()):
        try:
            outcome = await kept.run(name, dry_run=False)
        except XcatError as error:
            await ctx.fail(f"{name}: {error}", node=node)
            continue
        await ctx.lines(f"{node}: {line}" for line in outcome.lines)
