"""A node under installation wants the files of its synclists, and its own server brings them before it answers."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xcatd.errors import NotFound, Unsupported
from xcatd.objects import World, world_of
from xcatd.remote.syncing.lists import lists_of, shelf_of
from xcatd.services.postscripts.lists import image_of, variables_of
from xcatd.store import Snapshot

if TYPE_CHECKING:
    from xcatd.remote.access import Access
    from xcatd.remote.running import Ears
    from xcatd.remote.syncing.sides import Outcome

log = logging.getLogger(__name__)

AT_ONCE: Final = 32
"""Nodes that get files at once; the others wait in their order."""
SILENCE: Final = 120.0
"""Seconds without a word after which a node is given up: it waits for the answer no longer than some minutes."""
KEEP: Final = 5.0
"""Seconds for which this host's keys and known hosts are believed: many nodes may ask at once."""
_USER: Final = "root"
_LONGEST: Final = 500
"""Characters of what scripts say that are logged, of each line."""
OFF: Final = "NOSYNCFILES"
"""The variable of an image (osimage.environvar) that says that its nodes get no files."""


@dataclass(slots=True)
class Wishes:
    """The wishes of all nodes of this daemon. `snapshot` gives the tables, `root` is the folder below which this host's files
    are."""

    snapshot: Callable[[], Snapshot]
    root: Path
    is_service_node: bool
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _waiting: Counter[str] = field(default_factory=Counter)
    _access: Access | None = field(default=None, init=False)
    _until: float = field(default=float("-inf"), init=False)

    async def bring(self, node: str) -> None:
        """Bring a node its files; one that asks while it gets them waits. Raises XcatError: they did not all come."""
        wanted = _wanted(world_of(self.snapshot()), node)
        async with self._turn(node), self._room:
            await self._bring(node, wanted)

    @asynccontextmanager
    async def _turn(self, node: str) -> AsyncIterator[None]:
        """One at a time for each node."""
        self._waiting[node] += 1
        try:
            async with self._turns.setdefault(node, asyncio.Lock()):
                yield
        finally:
            self._waiting[node] -= 1
            if not self._waiting[node]:
                del self._waiting[node], self._turns[node]

    async def _bring(self, node: str, wanted: Sequence[Path]) -> None:
        from xcatd.remote.places import addresses_by_node  # most daemons are never asked
        from xcatd.remote.syncing.bring import bring
        from xcatd.remote.syncing.sides import Manner, Reach

        snapshot = self.snapshot()
        world = world_of(snapshot)
        shelf = shelf_of(snapshot, self.root, is_service_node=self.is_service_node)
        reach = Reach(await self._known_access(), await addresses_by_node(world, (node,)))
        found = await bring(world, {node: wanted}, shelf, reach, _Log(), Manner(silence=SILENCE))
        error = found[node].error
        if error is not None:
            raise error

    async def _known_access(self) -> Access:
        from xcatd.remote.access import read_access

        now = asyncio.get_running_loop().time()
        if self._access is None or self._until < now:
            self._access = await asyncio.to_thread(read_access, self.root, _USER)
            self._until = now + KEEP
        return self._access


class _Log:
    """Nobody hears what scripts say but the log."""

    def ears(self, node: str) -> Ears:
        from xcatd.remote.running import Ears

        async def hear(lines: Sequence[str]) -> None:
            for line in lines:
                log.info("a script of a synclist says: %s", line[:_LONGEST], extra={"facts": {"node": node}})

        return Ears(hear, hear)

    async def ended(self, node: str, outcome: Outcome) -> None:
        facts = {"node": node, "changed": len(outcome.changed), "error": str(outcome.error or "")}
        log.info("files of synclists", extra={"facts": facts})


def _wanted(world: World, node: str) -> Sequence[Path]:
    """The lists of a node that may have files. Raises Unsupported or NotFound: it gets none."""
    image = image_of(world, node)
    if image is None:
        raise NotFound(
            f"No files are brought to {node}: its nodetype.provmethod names no image, which would have a list"
        )
    if variables_of(image).get(OFF, "0") not in ("", "0"):
        raise Unsupported(f"No files are brought to {node}: its image {image['imagename']} has {OFF} set")
    if image["provmethod"] == "statelite":
        raise Unsupported(
            f"No files are brought to {node}: its image {image['imagename']} is for statelite, and liteimg puts them into it"
        )
    lists = lists_of(world, node)
    if not lists:
        raise NotFound(f"No files are brought to {node}: osimage.synclists of its image {image['imagename']} is empty")
    return lists
