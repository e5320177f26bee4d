"""`mypostscript`: an administrator sees what nodes run, or has it written for them."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, Nodes, Where, XcatError, command, opt


@command("mypostscript", where=Where.OWNER, timeout=600)
async def mypostscript(
    ctx: Ctx,
    nodes: Nodes,
    *,
    names: Annotated[bool, opt("-l", "--list", "only the scripts, in the order in which they run")] = False,
    write: Annotated[
        bool, opt("-w", "--write", "into <tftpdir>/mypostscripts of each node's server; nothing is shown")
    ] = False,
) -> None:
    """Show the script that each of these nodes gets from its server: mypostscript noderange [-l | -w]

    Of one node it is printed as it is, so that it can be put into a file.
    """
    from xcatd.services.postscripts.writing import read_here, texts, write_all

    here = await read_here(ctx.snapshot, nodes, ctx.host.root)
    if write:
        for node, error in (await write_all(here, nodes)).items():
            await ctx.fail(str(error), node=node)
        return
    if names:
        await _names(ctx, nodes)
        return
    for node, text in (await texts(here, nodes)).items():
        if not isinstance(text, str):
            await ctx.fail(str(text), node=node)
        elif len(nodes) == 1:
            await ctx.lines(text.splitlines())
        else:
            await ctx.node_lines((node, None, line) for line in text.splitlines())


async def _names(ctx: Ctx, nodes: Nodes) -> None:
    from xcatd.services.postscripts.lists import Stage, scripts_of

    for node in nodes:
        try:
            for stage in Stage:
                await ctx.say(" ".join(scripts_of(ctx.world, node, stage).all), node=node, label=str(stage))
        except XcatError as error:
            await ctx.fail(str(error), node=node)
