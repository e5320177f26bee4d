"""`rescanplugins`: commands of new or edited plugin files work without a restart."""

from __future__ import annotations

import asyncio
from typing import Annotated

from xcatd.api import Ctx, Where, command, opt


@command("rescanplugins", where=Where.LOCAL)
async def rescanplugins(
    ctx: Ctx, *, servicenodes: Annotated[bool, opt("-s", "--servicenodes", "on all service nodes below too")] = False
) -> None:
    """Read all plugins again, on the daemon that is asked.

    When one of them cannot be read, the commands stay as they were, and the error names the file.
    """
    await asyncio.to_thread(ctx.host.rescan)
    if servicenodes:
        await ctx.pass_down()
