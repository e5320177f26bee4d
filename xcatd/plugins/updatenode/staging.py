"""`updatenode -F` and `-f` where they are typed: the files of synclists go to the service nodes that bring them to their nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from xcatd.api import Ctx, NotFound, Verdict
from xcatd.model import Batch, Ended, Role
from xcatd.objects import service_pool
from xcatd.plugins.updatenode.files import say_files
from xcatd.plugins.updatenode.status import note
from xcatd.plugins.updatenode.wish import Wish
from xcatd.remote.staging import Depot, Staged, batches, folder_of, stage
from xcatd.remote.syncing.lists import lists_of, shelf_of, sources

_NONE = "There were no syncfiles defined to process. File synchronization has completed."
_NOBODY = "There are no servicenodes to process for the noderange in the updatenode -f command."
NOTHING = (Batch(()),)
"""No node is worked on any more."""


async def stage_files(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Sequence[Batch]:
    """Bring the files to the service nodes of these nodes; gives what `prepare` gives. Raises XcatError before anything was done.

    On a service node nothing is staged: it has what the management node has brought.
    """
    lists = {node: found for node in nodes if (found := lists_of(ctx.world, node))}
    behind = [node for node in lists if service_pool(ctx.world, node)]
    if not lists:
        await ctx.say(_NONE)
    elif wish.stage and not behind:
        raise NotFound(_NOBODY)
    staged = Staged({}, {})
    if behind and ctx.host.role is not Role.SERVICE:
        staged = await _stage(ctx, {node: lists[node] for node in behind}, wish)
    batched = await batches(ctx, nodes, staged, ctx.host.name)
    left = batched[0].nodes if batched else tuple(nodes)
    if wish.stage:
        await _end(ctx, left, {name for node in behind for name in service_pool(ctx.world, node)}, staged)
        return NOTHING
    if not wish.dry_run:
        await note(ctx, sorted(set(nodes) - set(left)), "failed")
    return batched


async def _stage(ctx: Ctx, lists: Mapping[str, Sequence[Path]], wish: Wish) -> Staged:
    root = ctx.host.root
    files = await asyncio.to_thread(sources, ctx.world, lists, shelf_of(ctx.snapshot, root, is_service_node=False))
    depot = Depot(ctx.host.name, root, folder_of(ctx.site("SNsyncfiledir")), root, wish.silence)
    return await stage(ctx.world, list(lists), files, depot)


async def _end(ctx: Ctx, nodes: Sequence[str], servers: Set[str], staged: Staged) -> None:
    """That was all: say of each service node how it went."""
    own = {name for name in servers if name.partition(".")[0] == ctx.host.name.partition(".")[0]}
    await say_files(ctx, {name: name not in staged.failed for name in sorted(servers - own)}, "service nodes")
    for node in nodes:
        await ctx.send(Ended(node, Verdict.OK))
