"""What the steps of a move need to know of this host and its site."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Final

from xcatd.api import Ctx
from xcatd.errors import ServiceError
from xcatd.services.dhcp.update import server_of
from xcatd.services.images.folders import below
from xcatd.services.managers import manager_of
from xcatd.services.snmove import Manner, Wants

_TELLS: Final = "setuppostbootscripts"
"""What `updatenode -s` runs, where the site has it."""


def scripts_folder(ctx: Ctx) -> Path:
    """Where this host has the scripts of nodes."""
    return below(ctx.host.root, ctx.site("installdir", "/install")) / "postscripts"


async def wants(ctx: Ctx, nodes: Sequence[str], manner: Manner) -> Wants:
    """What is to be done for nodes that move in this manner."""
    tells = await asyncio.to_thread((scripts_folder(ctx) / _TELLS).is_file)
    return Wants(manner.scripts, manner.on_nodes, sorted(await _dhcp(ctx, nodes)), tells)


async def _dhcp(ctx: Ctx, nodes: Sequence[str]) -> Set[str]:
    """Those of the nodes that this host's DHCP servers know. Service nodes see to theirs when the tables change."""
    if ctx.site("externaldhcpservers"):
        return frozenset()
    try:
        async with manager_of(ctx.host.root) as manager:
            servers = server_of(ctx.host.root, ctx.world, manager, ctx.host.dhcp_files)
            read = [await asyncio.to_thread(servers.memory.read, one.layout.conf, one.dialect) for one in servers.all]
    except ServiceError:
        return frozenset()  # none is installed
    found = [one.document for one in read if one.document is not None]
    return {node for node in nodes for document in found if document.entries.get(node)}
