"""What `updatenode` does where it is typed, before the nodes' servers have their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.api import Ctx, Denied, UsageError
from xcatd.model import Batch, Role
from xcatd.plugins.updatenode.books import Books
from xcatd.plugins.updatenode.choice import check, is_management, servers_of
from xcatd.plugins.updatenode.job import Job
from xcatd.plugins.updatenode.makings import read_makings, read_reach, scripts_folder
from xcatd.plugins.updatenode.security import Tokens, await_links, linked
from xcatd.plugins.updatenode.staging import stage_files
from xcatd.plugins.updatenode.wish import Wish
from xcatd.remote.fanout import fan_out
from xcatd.services.service import YES

_SLOW = "Performing software maintenance operations. This could take a while, if there are packages to install."


async def beforehand(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Sequence[Batch]:
    """Refuse what makes no sense; bring files to service nodes; -k: see to service nodes. Gives what `prepare` gives. Raises
    XcatError."""
    if wish.generate and ctx.site("precreatemypostscripts").strip().lower() not in YES:
        raise UsageError("This option is only valid if site table precreatemypostscripts attribute is 1 or YES")
    if ctx.host.role is Role.SERVICE and (wish.security or wish.stage):
        raise UsageError("updatenode -f and -k are typed on the management node: it has what service nodes are to get")
    if wish.security:
        _check_security(ctx, nodes)
    await asyncio.to_thread(check, wish.scripts, scripts_folder(ctx))
    left: Sequence[Batch] = ()
    if wish.sync or wish.stage:
        left = await stage_files(ctx, nodes, wish)
    if wish.software:
        await ctx.say(_SLOW)
    if wish.security:
        left = await _service_nodes(ctx, nodes, wish)
    return left


def _check_security(ctx: Ctx, nodes: Sequence[str]) -> None:
    found = [node for node in nodes if is_management(ctx.world, node) or node == ctx.host.name]
    if found:
        raise UsageError(f"You must not run -k option against a management node: {','.join(found)}.")


async def _service_nodes(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Sequence[Batch]:
    """Those among the nodes and those that serve them, before all others: what these get comes by way of them."""
    servers = [name for name in servers_of(ctx.world, nodes) if name != ctx.host.name]
    if not servers:
        return ()
    if not ctx.may(("-k",), servers):
        raise Denied("Permission denied for request")
    books = Books(ctx, wish, named=frozenset(nodes))
    job = Job(books, await read_reach(ctx, servers, wish), await read_makings(ctx, servers), Tokens(ctx))
    before = await linked(ctx)
    await fan_out(servers, wish.fanout, job.on)
    await await_links(ctx, before & {*servers})
    return (Batch(tuple(node for node in nodes if node not in servers)),)
