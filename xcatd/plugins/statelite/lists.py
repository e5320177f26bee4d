"""`litefile`, `ilitefile` and `litetree`: lists that administrators look at, and that images of xCAT 2 ask for when they boot."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.api import Channel, Completes, Ctx, Denied, Nodes, StoreError, UsageError, Where, XcatError, command
from xcatd.model import Role
from xcatd.services.statelite.rows import Entry, entries_of, image_of, trees_of
from xcatd.services.statelite.variables import shown


@command("litefile", where=Where.ANYWHERE)
async def litefile(ctx: Ctx, nodes: Nodes = Nodes()) -> None:
    """Show what these nodes have of their own, by table litefile: litefile noderange

    A node gets its own list without a noderange: by its certificate, or with site.legacynodes by its address.
    """
    for node in await _asked(ctx, nodes):
        try:
            entries = entries_of(ctx.snapshot, image_of(ctx.world, node))
        except XcatError as error:
            await ctx.fail(str(error), node=node)
            continue
        await ctx.lines(lines_of(node, entries), channel=Channel.INFO)


@command("ilitefile", where=Where.ANYWHERE, completes={"image": Completes.IMAGE})
async def ilitefile(ctx: Ctx, image: str = "") -> None:
    """Show what the nodes of an image have of their own, by table litefile: ilitefile image"""
    if not image:
        raise UsageError("Usage: ilitefile <imagename>")
    await ctx.lines(lines_of(image, entries_of(ctx.snapshot, image)), channel=Channel.INFO)


@command("litetree", where=Where.ANYWHERE)
async def litetree(ctx: Ctx, nodes: Nodes = Nodes()) -> None:
    """Show where these nodes look for their files, by table litetree: litetree noderange

    Variables have the values of the node; UNDEFINED stands for what is not set. A node gets its own list as with litefile.
    """
    for node in await _asked(ctx, nodes):
        try:
            trees = trees_of(ctx.snapshot, image_of(ctx.world, node))
            lines = [f"{node}: {tree.shown(shown(ctx.world, node, tree.directory))}" for tree in trees]
        except XcatError as error:
            await ctx.fail(str(error), node=node)
            continue
        await ctx.lines(lines, channel=Channel.INFO)


def lines_of(whose: str, entries: Sequence[Entry]) -> Sequence[str]:
    """As old images read them: the option in thirteen columns."""
    return [f"{whose}: {entry.option:<13} {entry.path}" for entry in entries]


async def _asked(ctx: Ctx, nodes: Nodes) -> Sequence[str]:
    """The nodes that are asked about. Nodes ask about themselves. Raises Denied, NotFound and UsageError."""
    caller, name = ctx.request.caller, ctx.command.name
    if caller.role not in (Role.NODE, Role.ANONYMOUS):
        named = ctx.named(nodes)
        if not named:
            raise UsageError(f"Usage: {name} <noderange>")
        return named
    if nodes:
        raise Denied(f"{name}: a node asks about itself only, without a noderange")
    if ctx.host.hearing is None:
        raise StoreError(f"What {name} asks for is given by the daemon only: start it")
    return [await ctx.host.hearing.who(caller, name)]
