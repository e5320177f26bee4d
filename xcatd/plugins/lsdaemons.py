"""`lsdaemons`: what the daemons of the cluster know of themselves, side by side."""

from __future__ import annotations

import re
from typing import Annotated

from xcatd.api import Ctx, UsageError, Where, command, opt

_SALT = re.compile(r"(?:[0-9a-f]{2}){16,64}")


@command("lsdaemons", where=Where.MANAGEMENT)
async def lsdaemons(
    ctx: Ctx,
    *,
    salt: Annotated[
        str, opt("--salt", "32 random hexadecimal digits or more: show what tells one cfgloc from another")
    ] = "",
) -> None:
    """Say what the management node and every service node know of themselves: a fact a line, after the name of its daemon.

    These are the version, the links, the authority, the end of the certificate and more. `xcatprobe hierarchy` compares them.
    """
    if salt and not _SALT.fullmatch(salt):
        raise UsageError("lsdaemons: --salt takes from 32 to 128 hexadecimal digits, an even number of them")
    facts = await ctx.host.about(salt)
    await ctx.lines(f"{ctx.host.name}: {name}: {text}" for name, text in facts.items())
    await ctx.pass_down()
