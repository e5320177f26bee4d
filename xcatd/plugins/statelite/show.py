"""`lslite`: all that the tables say of nodes' or of an image's statelite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from xcatd.api import Channel, Completes, Ctx, Nodes, NotFound, UsageError, Where, XcatError, command, opt
from xcatd.services.statelite.rows import Entry, entries_of, image_of, trees_of
from xcatd.services.statelite.variables import shown

_INDENT = " " * 8


@command("lslite", where=Where.ANYWHERE, completes={"image": Completes.IMAGE})
async def lslite(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    image: Annotated[str, opt("-i", "only the litefile of this osimage")] = "",
    verbose: Annotated[bool, opt("-V", "--verbose", "with the options of mounts, too")] = False,
) -> None:
    """Show what statelite nodes or images have: lslite [-V] [-i image | noderange]"""
    named = ctx.named(nodes)
    if bool(image) == bool(named):
        raise UsageError("Usage: lslite [-V] [-i image | noderange]")
    if image:
        if not any(not row.hidden for row in ctx.snapshot.table("osimage").find(image)):
            raise NotFound(f"The osimage named '{image}' is not defined.")
        await ctx.lines(_files(entries_of(ctx.snapshot, image)), channel=Channel.INFO)
        return
    for node in named:
        try:
            lines = [*_of_node(ctx, node, verbose=verbose)]
        except XcatError as error:
            await ctx.fail(str(error), node=node)
            continue
        await ctx.lines(lines, channel=Channel.INFO)


def _of_node(ctx: Ctx, node: str, *, verbose: bool) -> Iterator[str]:
    """xCAT's words. Raises NotFound, UsageError."""
    image = image_of(ctx.world, node)
    yield from (f">>>Node: {node}", "", f"Osimage: {image}", "", "Persistent directory (statelite table):")
    where, options = (ctx.world.value(node, "statelite", column) for column in ("statemnt", "mntopts"))
    if where:
        yield _INDENT + shown(ctx.world, node, where) + (f" :{options}" if verbose and options else "")
    yield from ("", "Litefiles (litefile table):")
    yield from _files(entries_of(ctx.snapshot, image))
    yield from ("", "Litetree path (litetree table):")
    for tree in trees_of(ctx.snapshot, image):
        directory = shown(ctx.world, node, tree.directory)
        yield f"{_INDENT}{tree.priority}, {tree.shown(directory)}"
    yield ""


def _files(entries: Sequence[Entry]) -> Iterator[str]:
    return (f"{_INDENT}{entry.option:<13} {entry.path}" for entry in entries)
