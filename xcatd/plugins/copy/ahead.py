"""What is done before any node has a turn: see what is copied, and bring it to the service nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from xcatd.api import Ctx, UsageError, Verdict
from xcatd.model import Batch, Ended, Failure, Role
from xcatd.objects import service_pool
from xcatd.plugins.copy.wish import Wish
from xcatd.remote.sources import find_source
from xcatd.remote.staging import Depot, Staged, batches, folder_of, is_me, stage
from xcatd.remote.syncing.lists import shelf_of, sources


async def prepare(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Sequence[Batch]:
    """Raises XcatError before anything was done. Empty: all nodes at once, as the tables say."""
    here = _by_this_service_node(ctx, nodes) if ctx.host.role is Role.SERVICE else ()
    if here or wish.pull:
        return here
    files = await _files(ctx, nodes, wish)
    behind = [node for node in nodes if service_pool(ctx.world, node)]
    staged = await _stage(ctx, behind, files, wish) if behind else Staged({}, {})
    work = await batches(ctx, nodes, staged, ctx.host.name)
    if not wish.services_only:
        return work
    return await _nothing_more(ctx, [node for node in nodes if staged.pools.get(node) != ()])


async def _stage(ctx: Ctx, nodes: Sequence[str], files: Sequence[Path], wish: Wish) -> Staged:
    base = ctx.host.root if wish.synclist else Path("/")
    depot = Depot(ctx.host.name, ctx.host.root, folder_of(ctx.site("SNsyncfiledir")), base, wish.silence)
    return await stage(ctx.world, nodes, files, depot)


def _by_this_service_node(ctx: Ctx, nodes: Sequence[str]) -> Sequence[Batch]:
    """Typed on a service node: its own files go to its own nodes, whoever else could serve them."""
    pools = {}
    for node in nodes:
        own = [name for name in service_pool(ctx.world, node) if is_me(name, ctx.host.name)]
        if not own:
            raise UsageError(
                f"xdcp: {node} is not served from here: type it on the management node, which has the files then"
            )
        pools[node] = (own[0],)
    return (Batch(tuple(nodes), pools=pools),)


async def _files(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Sequence[Path]:
    """What service nodes need. Raises XcatError for what is not there, or must not be read for this caller."""
    if wish.synclist:
        shelf = shelf_of(ctx.snapshot, ctx.host.root, is_service_node=False)
        lists = dict.fromkeys(nodes, (Path(wish.synclist),))
        return await asyncio.to_thread(sources, ctx.world, lists, shelf)
    everybody = ctx.request.caller.name != "root"
    paths = [Path(source) for source in wish.sources]
    for path in paths:
        await asyncio.to_thread(find_source, path, recursive=wish.recursive, everybody=everybody)
    return paths


async def _nothing_more(ctx: Ctx, nodes: Sequence[str]) -> Sequence[Batch]:
    """Nodes whose service nodes have the files are done."""
    for node in nodes:
        if not service_pool(ctx.world, node):
            text = "it has no service node, so xdcp -s brings nothing: leave -s out"
            await ctx.send(Failure(text, node, source=ctx.host.name, prefix=False))
            await ctx.send(Ended(node, Verdict.FAILED))
        else:
            await ctx.send(Ended(node, Verdict.OK))
    return (Batch(()),)
