"""What this daemon has for its nodes: how they are reached, and the makings of their scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.api import Ctx, NodeError, NotFound, UsageError
from xcatd.plugins.updatenode.carried import Server
from xcatd.plugins.updatenode.wish import Wish
from xcatd.remote.access import read_access
from xcatd.remote.places import addresses_by_node
from xcatd.remote.syncing.sides import Reach
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.sheet import Sheet
from xcatd.services.postscripts.shelf import shipped
from xcatd.services.postscripts.writing import read_here

RUNNER = "runpostscripts"


@dataclass(frozen=True, slots=True)
class Makings:
    """`sheet` makes mypostscript of a node; `runner` is the program that runs scripts there; `folder` has the scripts."""

    here: Here
    sheet: Sheet
    runner: bytes

    @property
    def folder(self) -> Path:
        return self.here.scripts

    def server(self, node: str) -> Server:
        """Where a node fetches its scripts. Raises NodeError with xCAT's sentence, which scripts look for."""
        address = self.here.address(self.here.master(node))
        if address is None:
            raise NodeError(f"Could not determine or resolve xcatmaster for {node}. Will skip this node.")
        site = self.here.world.snapshot.site
        return Server(str(address), site("httpport", "80"), site("installdir", "/install"))


async def read_reach(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> Reach:
    """Raises XcatError: there are no keys, or they cannot be read."""
    access = await asyncio.to_thread(read_access, ctx.host.root, wish.user)
    if access.config is None and not access.keys:
        raise UsageError(f"root has no ssh key in {access.folder}: run xcatconfig -k on the management node")
    return Reach(access, await addresses_by_node(ctx.world, nodes))


async def read_makings(ctx: Ctx, nodes: Sequence[str]) -> Makings:
    """Raises ServiceError for a template that cannot be used, NotFound where the runner is missing."""
    here = await read_here(ctx.snapshot, nodes, ctx.host.root)
    runner = await asyncio.to_thread(_runner, here.scripts)
    return Makings(here, await asyncio.to_thread(Sheet, here), runner)


def scripts_folder(ctx: Ctx) -> Path:
    """The folder of scripts on this host."""
    return Here(ctx.world, root=ctx.host.root).scripts


def _runner(folder: Path) -> bytes:
    """The one of this release, before one that the site has put into the folder."""
    for place in (shipped(), folder):
        if place is not None and (place / RUNNER).is_file():
            return (place / RUNNER).read_bytes()
    raise NotFound(f"{folder / RUNNER} is not there: restart xcatd, which brings it where the folder above it exists")
