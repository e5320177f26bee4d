"""`lsxcatd`: what the daemon that was asked says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from xcatd.api import Channel, Ctx, Where, command, opt
from xcatd.model import Role

_USAGE = (
    "       lsxcatd [-v|--version]",
    "       lsxcatd [-h|--help]",
    "       lsxcatd [-d|--database]",
    "       lsxcatd [-t|--nodetype]",
    "       lsxcatd [-a|--all]",
)


@command("lsxcatd", where=Where.LOCAL)
async def lsxcatd(
    ctx: Ctx,
    *,
    version: Annotated[bool, opt("-v", "--version", "the version of the daemon")] = False,
    nodetype: Annotated[bool, opt("-t", "--nodetype", "whether it is a management node or a service node")] = False,
    database: Annotated[bool, opt("-d", "--database", "the database it works with, without the password")] = False,
    everything: Annotated[bool, opt("-a", "--all", "all of it")] = False,
) -> None:
    """Say what this daemon is. One option at least must be given."""
    if not (version or nodetype or database or everything):
        for line in _USAGE[:-1]:
            await ctx.say(line)
        await ctx.fail(_USAGE[-1], channel=Channel.DATA)
        return
    for line in _lines(ctx, version or everything, nodetype or everything, database or everything):
        await ctx.say(line)


def _lines(ctx: Ctx, version: bool, nodetype: bool, database: bool) -> Iterator[str]:
    if version:
        yield ctx.host.version
    if nodetype:
        yield f"This is a {'Service' if ctx.host.role is Role.SERVICE else 'Management'} Node"
    if database:
        yield "dbengine=SQLite"
