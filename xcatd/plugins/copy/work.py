"""`xdcp` over the nodes of this daemon. Loaded when it is first needed: asyncssh takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import TYPE_CHECKING

from xcatd.api import Ctx, NodeError, NotFound, UsageError, Verdict
from xcatd.model import Ended
from xcatd.plugins.copy.listed import MOST, by_list
from xcatd.plugins.copy.wish import Wish
from xcatd.remote.access import Access, read_access
from xcatd.remote.connecting import NO_ANSWER, Place, answers, connected, patience_for
from xcatd.remote.copying import push
from xcatd.remote.fanout import fan_out
from xcatd.remote.places import addresses_by_node
from xcatd.remote.pulling import pull
from xcatd.remote.rsync import Way, send
from xcatd.remote.running import verdict_of
from xcatd.remote.sources import Source, find_source
from xcatd.remote.staging import copy_of, folder_of
from xcatd.remote.syncing.sides import Reach
from xcatd.remote.voice import Voice

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection


async def work(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> None:
    """Do it on each node, and say of each how it ended. Raises XcatError before anything was done."""
    if not nodes:
        return  # xdcp -s: all has been done
    access = await asyncio.to_thread(read_access, ctx.host.root, wish.user)
    if access.config is None and not access.keys:
        raise UsageError(f"root has no ssh key in {access.folder}: run xcatconfig -k on the management node")
    addresses = await addresses_by_node(ctx.world, nodes)
    if wish.synclist:
        await by_list(ctx, nodes, wish, Reach(access, addresses), staged=_is_staged(ctx))
        return
    if wish.pull and not await asyncio.to_thread(Path(wish.target).is_dir):
        raise NotFound(f"{wish.target} is no folder on {ctx.host.name}, where the copies come: make it")
    job = _Job(ctx, wish, access, addresses, () if wish.pull else await _sources(ctx, wish))
    await fan_out(nodes, wish.fanout, job.on)
    ctx.status = min(job.failed, MOST)


def _is_staged(ctx: Ctx) -> bool:
    """Whether the files are copies, which the daemon has brought where the command was typed."""
    return len(ctx.request.via) > 1


async def _sources(ctx: Ctx, wish: Wish) -> Sequence[Source]:
    """As they are on this host's disk now."""
    staged = _is_staged(ctx)
    paths = [Path(source) for source in wish.sources]
    if staged:
        folder = folder_of(ctx.site("SNsyncfiledir"))
        paths = [copy_of(source, folder, ctx.host.root) for source in wish.sources]
    everybody = not staged and ctx.request.caller.name != "root"
    return [await asyncio.to_thread(find_source, path, recursive=wish.recursive, everybody=everybody) for path in paths]


@dataclass(slots=True)
class _Job:
    """The same on each node. `failed` counts those that did not end well."""

    ctx: Ctx
    wish: Wish
    access: Access
    addresses: Mapping[str, str]
    sources: Sequence[Source]
    failed: int = 0

    async def on(self, node: str) -> None:
        """One node, with its end."""
        began = monotonic()
        voice = Voice(self.ctx, node, silent=self.wish.silent)
        verdict = Verdict.OK
        try:
            verdict = await self._try(node, voice)
        except NodeError as error:
            await voice.trouble(str(error), error.code)
            verdict = verdict_of(error)
        self.failed += verdict is not Verdict.OK
        await self.ctx.send(Ended(node, verdict, monotonic() - began))

    async def _try(self, node: str, voice: Voice) -> Verdict:
        place = Place(node, self.access.address_of(node, self.addresses), self.wish.port)
        patience = patience_for(self.wish.silence, self.wish.patience)
        if self.wish.verify and not await answers(self.access, place, patience):
            await self.ctx.fail(NO_ANSWER.format(node), code=0)
            return Verdict.UNREACHABLE
        if self.wish.trace:
            means = "rsync" if self.wish.by_rsync else "SFTP"
            await voice.trouble(f"TRACE: connects to {place.address} as {self.access.user}, copies by {means}")
        async with connected(self.access, place, patience) as connection:
            await self._copy(node, connection)
        return Verdict.OK

    async def _copy(self, node: str, connection: SSHClientConnection) -> None:
        wish = self.wish
        if wish.pull:
            name = f"{PurePosixPath(wish.sources[0]).name}._{node}"
            target = Path(wish.target, name)
            await pull(
                connection,
                wish.sources[0],
                target,
                recursive=wish.recursive,
                preserve=wish.preserve,
                silence=wish.silence,
            )
        elif wish.by_rsync:
            way = Way(_options(wish), sudo=wish.sudo, silence=wish.silence)
            await send(connection, [source.path for source in self.sources], wish.target, way)
        else:
            await push(connection, self.sources, wish.target, preserve=wish.preserve, silence=wish.silence)


def _options(wish: Wish) -> Sequence[str]:
    """What rsync is told, so that it does what SFTP does here; times let it see what is there already."""
    recursive = ("--recursive",) if wish.recursive else ()
    return ("--copy-links", "--times", *recursive, *(("--perms",) if wish.preserve else ()))
