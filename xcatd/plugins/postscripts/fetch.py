"""`getpostscript` and `syncfiles`: a node asks for its script, and for its files."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, StoreError, UsageError, Where, command, opt
from xcatd.model import Role
from xcatd.services.nodes import Hearing, Saying, Verb

_BRINGING = 300.0
"""Seconds: a node that asks for its files is answered when they have been brought."""


@command("getpostscript", where=Where.LOCAL)
async def getpostscript(ctx: Ctx, words: tuple[str, ...]) -> None:
    """Get the script of this node; for nodes, which show their own certificate. For others there is mypostscript.

    With `version2` it is written into the TFTP folder, as mypostscripts/mypostscript.NODE, and nothing is printed. Images of
    xCAT 2, which have no certificate, are served where site.legacynodes is yes, by their address.
    """
    if set(words) - {"version2"} and ctx.request.caller.role is not Role.ANONYMOUS:
        raise UsageError("getpostscript takes the word version2, or none; to see a node's script: mypostscript NODE")
    hearing, caller = _hearing(ctx), ctx.request.caller
    node = await hearing.who(caller, ctx.command.name)
    if "version2" not in words:  # images of xCAT 2 give their name, which is theirs to say: the address counts
        await ctx.lines(await hearing.hear(node, Saying(Verb.POSTSCRIPT), caller.peer))
        return
    from xcatd.services.postscripts.writing import read_here, write_all  # most daemons are never asked

    here = await read_here(ctx.snapshot, (node,), ctx.host.root)
    for error in (await write_all(here, (node,))).values():
        raise error


@command("syncfiles", timeout=_BRINGING, where=Where.LOCAL)
async def syncfiles(
    ctx: Ctx, *, program: Annotated[str, opt("-r", "--node-rcp", "of xCAT 2; it is not regarded")] = ""
) -> None:
    """Have the files of its image's lists brought to this node; for nodes, as getpostscript. For others there is updatenode -F.

    The answer comes when they are there.
    """
    hearing = _hearing(ctx)
    node = await hearing.who(ctx.request.caller, ctx.command.name)
    await ctx.lines(await hearing.hear(node, Saying(Verb.SYNC), ctx.request.caller.peer))


def _hearing(ctx: Ctx) -> Hearing:
    if ctx.host.hearing is None:
        raise StoreError(f"What {ctx.command.name} asks for is given by the daemon only: start it")
    return ctx.host.hearing
