"""Which service nodes are away: noticed by the daemon above them, told to the others, who take over what was theirs."""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from collections.abc import Callable, Collection

from xcatd.errors import Malformed, XcatError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.links import Links
from xcatd.protocol.frames import Kind

log = logging.getLogger(__name__)

AFTER = 3.0
"""Seconds after the loss of its link after which a service node counts as away: a restart takes less."""
FIRST = 10.0
"""The same for one that has not called yet: when this daemon has just begun, all of them dial anew."""
_LOOKS = 0.5


def nobody_cares(names: Collection[str]) -> None:
    """For who takes over nothing."""


def read_absent(payload: bytes) -> Collection[str]:
    """The names in an AWAY frame. Raises Malformed."""
    names = json.loads(payload)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Malformed("A daemon sent something that is no list of daemons: run the same version of xcatd on both")
    return names


class Absences:
    """`expected`: the names of the daemons that should be below; it raises XcatError when nobody can say. `tell` is called with the
    names of those that are away, whenever they change."""

    def __init__(
        self, links: Links, expected: Callable[[], Collection[str]], tell: Callable[[Collection[str]], None]
    ) -> None:
        self._links = links
        self._expected = expected
        self._tell = tell
        self._since: dict[str, float] = {}
        self._met: set[str] = set()
        """Those that have had a link."""
        self._away: frozenset[str] = frozenset()
        self._told: weakref.WeakKeyDictionary[Link, frozenset[str]] = weakref.WeakKeyDictionary()

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(_LOOKS)

    def look(self, now: float) -> None:
        """Who is away now; `now` in seconds. Whoever does not know it yet is told."""
        names = self._names()
        missing = [name for name in names if self._links.find(name) is None]
        self._met.update({*names}.difference(missing))
        self._since = {name: self._since.get(name, now) for name in missing}
        away = frozenset(
            name for name, since in self._since.items() if now - since >= (AFTER if name in self._met else FIRST)
        )
        if away != self._away:
            log.info("service nodes that are away: %s", ", ".join(sorted(away)) or "none")
            self._away = away
            self._tell(away)
        for link in self._links.below:
            if self._told.get(link, frozenset()) != away:
                self._told[link] = away
                link.send(Kind.AWAY, 0, json.dumps(sorted(away)).encode())

    def _names(self) -> Collection[str]:
        try:
            return self._expected()
        except XcatError:  # no tables yet, or a circle in them
            return ()
