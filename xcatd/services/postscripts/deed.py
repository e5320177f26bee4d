"""What a node gets that asks for its script or its files, at the port for nodes or with its certificate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.services.networks import Address
from xcatd.services.nodes import NoDeeds
from xcatd.services.nodes.tokens import Kind
from xcatd.store import Snapshot

KEEP = 5.0
"""Seconds for which this server's addresses are believed: a thousand nodes may ask at once, and the kernel is asked once."""


@dataclass(slots=True)
class Postscripts(NoDeeds):
    """What nodes ask for. `snapshot` gives the tables, `root` is the folder below which files are, `bring` brings a node the files
    of its synclists, `go_on` takes the next step of its chain, `hand_out` gives the token for its certificate, `keep_log` keeps a
    log."""

    snapshot: Callable[[], Snapshot]
    root: Path
    bring: Callable[[str], Awaitable[None]]
    go_on: Callable[[str], Awaitable[None]]
    hand_out: Callable[[str, Kind], Awaitable[str]]
    keep_log: Callable[[str, str], Awaitable[None]]
    _own: Sequence[Address] = field(default=(), init=False)
    _until: float = field(default=float("-inf"), init=False)

    async def advance(self, node: str) -> None:
        await self.go_on(node)

    async def postscript(self, node: str) -> Sequence[str]:
        from xcatd.services.postscripts.sheet import Sheet  # most daemons are never asked
        from xcatd.services.postscripts.writing import own_addresses, read_here

        now = asyncio.get_running_loop().time()
        if self._until < now:
            self._own, self._until = await own_addresses(), now + KEEP
        here = await read_here(self.snapshot(), (node,), self.root, self._own)
        text = await asyncio.to_thread(lambda: Sheet(here).text(node))
        return text.splitlines()

    async def token(self, node: str, role: Kind) -> str:
        return await self.hand_out(node, role)

    async def log(self, node: str, text: str) -> None:
        await self.keep_log(node, text)

    async def sync_files(self, node: str) -> None:
        await self.bring(node)
