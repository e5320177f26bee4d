"""`nodelog`: what a node has sent of its log when it could not go on."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from xcatd.api import Ctx, Nodes, Where, command, opt
from xcatd.services.nodes.logs import keep_log, read_log


@command("nodelog", where=Where.MANAGEMENT)
async def nodelog(
    ctx: Ctx,
    nodes: Nodes,
    *,
    keep: Annotated[bool, opt("--keep", "daemons only: take the log of this node from standard input")] = False,
) -> None:
    """Show what nodes have sent of their logs when their start failed: nodelog noderange

    It is the last log of each; one without any says so. The one before it is beside it, in /var/log/xcat/nodes/NODE.log.1.
    """
    root = ctx.host.root
    for node in nodes:
        if keep:
            head = f"# {node}, {datetime.now().isoformat(' ', 'seconds')}"
            await asyncio.to_thread(keep_log, root, node, await ctx.stdin(), head)
        elif lines := await asyncio.to_thread(read_log, root, node):
            await ctx.node_lines((node, None, line) for line in lines)
        else:
            await ctx.say("it has sent no log", node=node)
