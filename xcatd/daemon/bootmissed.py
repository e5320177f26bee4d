"""Service nodes that come back get the boot files that they have missed: `nodeset`, as the daemon itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xcatd.daemon.asitself import AsItself
from xcatd.errors import StoreError
from xcatd.noderange import fold
from xcatd.objects import world_of
from xcatd.services.boot.missed import missed_by
from xcatd.services.keeping.backoff import Backoff
from xcatd.store import Snapshot

log = logging.getLogger(__name__)

LOOKS = 1.0
"""Seconds between two looks."""


@dataclass(slots=True)
class BootMissed:
    """`linked`: whether there is a link to a service node. `leads`: whether this is the active management node."""

    daemon: AsItself
    snapshot: Callable[[], Snapshot]
    linked: Callable[[str], bool]
    leads: Callable[[], bool]
    _pauses: dict[str, tuple[Backoff, float]] = field(default_factory=dict)

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOKS)
            await self.look(asyncio.get_running_loop().time())

    async def look(self, now: float) -> None:
        """Have made up what can be now; `now` in seconds. What fails is tried again later."""
        for server, nodes in self._due(now):
            heard = await self.daemon.do("nodeset", ("enact", "--missed", server), nodes)
            if troubles := list(heard.sentences()):
                backoff = self._pauses.get(server, (Backoff(), 0.0))[0]
                self._pauses[server] = backoff, now + backoff.next()
                text = "boot files that %s has missed are not all there, and it is tried again: %s"
                log.warning(text, server, "; ".join(troubles[:3]))
            else:
                self._pauses.pop(server, None)
                log.info("%s has the boot files of %s, which it had missed", server, fold(nodes))

    def _due(self, now: float) -> Sequence[tuple[str, Sequence[str]]]:
        if not self.leads():
            return ()
        try:
            found = missed_by(world_of(self.snapshot()))
        except StoreError:  # there are no tables yet
            return ()
        return [
            (server, nodes)
            for server, nodes in found.items()
            if nodes and self.linked(server) and self._pauses.get(server, (None, 0.0))[1] <= now
        ]
