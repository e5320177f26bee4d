"""Files of the management node on service nodes, which bring them to their nodes: copies below site.SNsyncfiledir, at the same
path.

Every service node of a pool gets them, so that another one can take over; only what differs travels. One that cannot have them is
left out of the pools of its nodes, for the command that is under way.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from xcatd.errors import NodeError, UsageError
from xcatd.model import Batch, Ended, Failure, Reply, Verdict
from xcatd.objects import World, service_pool
from xcatd.remote.access import Access, read_access
from xcatd.remote.connecting import Place, connected
from xcatd.remote.fanout import fan_out
from xcatd.remote.places import addresses_by_node
from xcatd.remote.rsync import Way, send
from xcatd.remote.running import ask
from xcatd.remote.syncing.sides import STAGED

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_SAFE = re.compile(r"(?:/[\w.@+-]+){2,}/?")
_PATIENCE = 10.0
"""Seconds for a login at a service node: all others wait for it."""
_AT_ONCE = 16
_MANAGEMENT = "__mgmtnode"
"""The group of management nodes, which have the files."""
_OPTIONS = ("--archive", "--copy-links", "--delete", "--force")
"""What a link leads to may be elsewhere, so its content is sent; what went away from a folder here goes away there."""


class Teller(Protocol):
    """Who answers the caller: a command's context."""

    async def send(self, reply: Reply) -> None: ...


@dataclass(frozen=True, slots=True)
class Depot:
    """`me`: the name of this daemon, which needs no copies. `root`: the folder below which its files are. `folder`: on the service
    nodes. `base`: below which the files are here that are not below it anyhow; they are staged by their names without it.
    `silence`: seconds after which a service node that takes nothing is given up."""

    me: str
    root: Path
    folder: str = STAGED
    base: Path = Path("/")
    silence: float | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """`failed`: service nodes that could not have the files, and why. `pools`: of nodes for which they matter, who is left; nobody:
    the node cannot be served."""

    failed: Mapping[str, NodeError]
    pools: Mapping[str, tuple[str, ...]]


def folder_of(site: str) -> str:
    """The folder of copies, as site.SNsyncfiledir says. Raises UsageError for one that is none to keep copies in."""
    folder = site or STAGED
    if not _SAFE.fullmatch(folder) or ".." in folder:
        raise UsageError(f"site.SNsyncfiledir is {folder!r}, where no copies are kept: name a folder such as {STAGED}")
    return folder.rstrip("/")


async def stage(world: World, nodes: Sequence[str], files: Sequence[Path], depot: Depot) -> Staged:
    """Bring files and folders of this host to all service nodes of these nodes. `files`: absolute, without `..`.

    Raises ServiceError when this host's keys and known hosts cannot be read.
    """
    pools = {node: service_pool(world, node) for node in nodes}
    named = sorted(set(chain(*pools.values())))
    names = [name for name in named if not (is_me(name, depot.me) or _MANAGEMENT in world.groups_of(name))]
    failed: dict[str, NodeError] = {}
    if names and files:
        access = await asyncio.to_thread(read_access, depot.root, "root")
        addresses = await addresses_by_node(world, names)

        async def one(name: str) -> None:
            try:
                await _bring(access, Place(name, access.address_of(name, addresses)), files, depot)
            except NodeError as error:
                failed[name] = error

        await fan_out(names, _AT_ONCE, one)
    left = {node: tuple(name for name in pool if name not in failed) for node, pool in pools.items()}
    return Staged(failed, {node: pool for node, pool in left.items() if pool != pools[node]})


async def batches(teller: Teller, nodes: Sequence[str], staged: Staged, me: str) -> Sequence[Batch]:
    """Say which service nodes have no files, end the nodes that nobody else serves, and give what a command's `prepare` gives for
    the others. Empty: all is as usual."""
    if not staged.failed:
        return ()
    for name, error in sorted(staged.failed.items()):
        text = f"the files could not be brought to service node {name}, so it is left out: {error}"
        await teller.send(Failure(text, code=NodeError.status, source=me, cause=error.code))
    for node, pool in staged.pools.items():
        if not pool:
            await teller.send(Ended(node, Verdict.UNREACHABLE))
    served = tuple(node for node in nodes if staged.pools.get(node) != ())
    return (Batch(served, pools={node: pool for node, pool in staged.pools.items() if pool}),)


def copy_of(path: str, folder: str, root: Path) -> Path:
    """Where a service node has its copy of a file of the management node. `path`: absolute."""
    here = Path(folder)
    below = here if here.is_relative_to(root) else root / here.relative_to("/")
    return below / Path(path).relative_to("/")


def is_me(name: str, me: str) -> bool:
    """Whether a service node of the tables is the daemon that is called `me`."""
    return name.partition(".")[0] == me.partition(".")[0]


async def _bring(access: Access, place: Place, files: Sequence[Path], depot: Depot) -> None:
    """Raises NodeError."""
    below = [file for file in files if file.is_relative_to(depot.base)]
    others = [file for file in files if not file.is_relative_to(depot.base)]
    async with connected(access, place, _PATIENCE) as connection:
        await _make_folder(connection, depot)
        for base, some in ((Path("/"), below), (depot.base, others)):
            if some:
                way = Way(_OPTIONS, relative=True, base=base, silence=depot.silence)
                await send(connection, some, f"{depot.folder}/", way)


async def _make_folder(connection: SSHClientConnection, depot: Depot) -> None:
    """One that is new is root's alone: files keep their modes, but some may be secret only by a folder above them."""
    quoted = shlex.quote(depot.folder)
    text = f"test -d {quoted} || {{ mkdir -p {quoted} && chmod 700 {quoted}; }}"
    status, said = await ask(connection, text, silence=depot.silence)
    if status:
        raise NodeError(
            f"the folder {depot.folder} cannot be made ({'; '.join(said[:1])}): make it, or give site.SNsyncfiledir"
        )
