"""`autoinst`: an administrator sees with what nodes are installed, or has it written for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, Where, command, opt

if TYPE_CHECKING:  # the daemon starts more quickly without it
    from xcatd.services.autoinst.answers import Answers


@command("autoinst", where=Where.OWNER, timeout=600)
async def autoinst(
    ctx: Ctx,
    nodes: Nodes,
    *,
    osimage: Annotated[
        str, opt("-o", "--osimage", "as if they had this one; nodetype.provmethod says it if not given")
    ] = "",
    post: Annotated[
        bool, opt("-p", "--post", "the script that Debian's and Ubuntu's installers fetch beside it")
    ] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "say which checker is not installed")] = False,
    write: Annotated[
        bool, opt("-w", "--write", "into <installdir>/autoinst of each node's server; nothing is shown")
    ] = False,
) -> None:
    """Show the answer file of the installer that each of these nodes gets: autoinst noderange [-o osimage] [-p | -w] [-V]

    Of one node it is printed as it is, so that it can be put into a file.
    """
    from xcatd.services.autoinst.answers import Answers, make_answers
    from xcatd.services.autoinst.writing import write_answers
    from xcatd.services.postscripts.writing import read_here

    if write:
        for node, error in (await write_answers(ctx.world, nodes, ctx.host.root, image=osimage)).items():
            await ctx.fail(str(error), node=node)
        return
    made = await make_answers(await read_here(ctx.snapshot, nodes, ctx.host.root), nodes, osimage)
    if verbose:
        await _warn(ctx, [one for one in made.values() if isinstance(one, Answers)])
    for node, one in made.items():
        if not isinstance(one, Answers):
            await ctx.fail(str(one), node=node)
            continue
        lines = (one.post if post else one.text).splitlines()
        if len(nodes) == 1:
            await ctx.lines(lines)
        else:
            await ctx.node_lines((node, None, line) for line in lines)


async def _warn(ctx: Ctx, made: list[Answers]) -> None:
    from xcatd.services.autoinst.checking import missing_checker

    for form in sorted({one.form for one in made}):
        if sentence := missing_checker(form):
            await ctx.warn(sentence)
