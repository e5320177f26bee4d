"""`lookat`: what this daemon sees of another one, and what it knows of itself, for the daemon above it. No command for people."""

from __future__ import annotations

import json
from typing import Annotated

from xcatd.api import Ctx, Denied, Where, command, opt
from xcatd.tls import TlsFiles

_CERTIFICATES = "etc/xcat/cert"


@command("lookat", where=Where.LOCAL, timeout=30, asks_policy=True)
async def lookat(
    ctx: Ctx,
    name: str = "",
    *,
    by: Annotated[str, opt("--by", "the service nodes directly below that shall look, a comma list")] = "",
    at: Annotated[str, opt("--at", "its address, where neither table hosts nor the resolver has one")] = "",
) -> None:
    """Say whether the port of another daemon answers, or without a name what this daemon and those below it know of themselves.

    Only daemons may ask. An answer is a line: reached, missed or unknown, with the reason; or an object in JSON.
    """
    if not ctx.request.caller.may_vouch:
        raise Denied("lookat is for the daemons of the cluster: see xcatstatus --tree")
    if not name:
        await ctx.say(json.dumps({"name": ctx.host.name, **await ctx.host.about("")}))
        await ctx.pass_down()
    elif by and not ctx.request.down:
        await ctx.pass_down([one for one in by.split(",") if one])
    else:
        from xcatd.services.health.reach import look

        await ctx.say(await look(ctx.world, name, at, TlsFiles.server(ctx.host.root / _CERTIFICATES)))
