"""`updatenode` over the nodes of this daemon. Loaded when it is first needed: asyncssh takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.api import Ctx
from xcatd.plugins.updatenode.books import Books
from xcatd.plugins.updatenode.choice import check
from xcatd.plugins.updatenode.files import bring_files
from xcatd.plugins.updatenode.job import Job
from xcatd.plugins.updatenode.makings import read_makings, read_reach, scripts_folder
from xcatd.plugins.updatenode.status import note
from xcatd.plugins.updatenode.wish import Wish
from xcatd.remote.fanout import fan_out
from xcatd.services.postscripts.writing import read_here, write_all


async def work(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> None:
    """Do it on each node, and say of each how it ended. Raises XcatError before anything was done."""
    if not nodes:
        return  # all had their turn beforehand
    if wish.generate:
        await _generate(ctx, nodes)
    else:
        await _go(ctx, nodes, wish)


async def _generate(ctx: Ctx, nodes: Sequence[str]) -> None:
    here = await read_here(ctx.snapshot, nodes, ctx.host.root)
    for node, error in (await write_all(here, nodes)).items():
        await ctx.fail(str(error), node=node)
    await ctx.say(f"Generated new mypostscript files on {ctx.host.name}")


async def _go(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> None:
    """Files, then software and scripts. A node whose files did not come has its scripts all the same, as with xCAT, unless nobody
    answers there."""
    await asyncio.to_thread(check, wish.scripts, scripts_folder(ctx))
    more = wish.software or wish.server or wish.security or wish.scripts is not None
    reach = await read_reach(ctx, nodes, wish)
    makings = await read_makings(ctx, nodes) if more else None
    books = Books(ctx, wish, notes=not (wish.dry_run or wish.security))
    if books.notes:
        await note(ctx, nodes, "syncing")
    if wish.sync:
        nodes = await bring_files(books, reach, nodes, more=more)
    if makings is not None:
        await fan_out(nodes, wish.fanout, Job(books, reach, makings).on)
    ctx.status = int(books.failed)
