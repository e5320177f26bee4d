"""`getpostscript`: a node asks for its script."""

from __future__ import annotations

from xcatd.api import Ctx, Denied, StoreError, UsageError, Where, command
from xcatd.model import Caller, Role
from xcatd.services.nodes import Hearing, Saying, Verb
from xcatd.services.nodes.hearing import LEGACY


@command("getpostscript", where=Where.LOCAL)
async def getpostscript(ctx: Ctx, words: tuple[str, ...]) -> None:
    """Get the script of this node; for nodes, which show their own certificate. For others there is mypostscript.

    With `version2` it is written into the TFTP folder, as mypostscripts/mypostscript.NODE, and nothing is printed. Images of
    xCAT 2, which have no certificate, are served where site.legacynodes is yes, by their address.
    """
    if set(words) - {"version2"}:
        raise UsageError("getpostscript takes the word version2, or none; to see a node's script: mypostscript NODE")
    hearing, caller = ctx.host.hearing, ctx.request.caller
    if hearing is None:
        raise StoreError("Scripts are given by the daemon only: start it")
    node = await _who(hearing, caller)
    if not words:
        await ctx.lines(await hearing.hear(node, Saying(Verb.POSTSCRIPT), caller.peer))
        return
    from xcatd.services.postscripts.writing import read_here, write_all  # most daemons are never asked

    here = await read_here(ctx.snapshot, (node,), ctx.host.root)
    for error in (await write_all(here, (node,))).values():
        raise error


async def _who(hearing: Hearing, caller: Caller) -> str:
    """The node that asks. Raises Denied and NotFound."""
    if caller.role is Role.NODE:
        return caller.name
    if caller.role is not Role.ANONYMOUS:
        raise Denied("getpostscript is for nodes, about themselves; to see a node's script: mypostscript NODE")
    if not hearing.serves_old_images:
        raise Denied(
            "getpostscript: only a node with its own certificate gets its script; to let in images of xCAT 2, which have "
            f"none: chtab key={LEGACY} site.value=yes"
        )
    return await hearing.whose.node(caller.peer)
