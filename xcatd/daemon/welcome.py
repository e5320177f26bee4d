"""Taking in the daemons below: from their greeting to the end of the link."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from xcatd.dispatch import Hall
from xcatd.errors import Malformed
from xcatd.hierarchy import Feed, Link, Links, hello, read_hello
from xcatd.hierarchy.feed import DIGESTS, LOOK, SYNC
from xcatd.hierarchy.greeting import Greeting
from xcatd.hierarchy.link import Spawn
from xcatd.hierarchy.versions import Side
from xcatd.protocol.frames import Kind
from xcatd.server import Connection

log = logging.getLogger(__name__)


def nothing() -> None:
    """What is to be done when there is no such database."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a daemon from below is given: a greeting, the tables, and its place among the links."""

    name: str
    hall: Hall
    links: Links
    feed: Feed
    spawn: Spawn
    look: Callable[[], None] = nothing
    """Called when a daemon below, which writes to the same database, has written."""
    gate: Callable[[], None] = nothing
    """Raises XcatError when nobody may come in now."""

    def __call__(self, connection: Connection, payload: bytes) -> Link:
        """The link on a connection on which somebody has greeted. Raises Loop when that daemon is above us, OtherVersion when
        its version does not link with ours."""
        self.gate()
        greeting, identity = read_hello(payload), connection.identity
        if identity is None:
            raise Malformed("A link needs a certificate")
        self.links.admit(identity.name, self.name)
        version = self.hall.host.version
        self.links.meet(Side(identity.name, greeting.version), Side(self.name, version))
        link = Link(connection, identity, dialled=False, runner=self.hall, spawn=self.spawn, note=self._note)
        link.version = greeting.version
        connection.write(hello(self.name, version, self.links.path))
        self.spawn(self._live(link, greeting), f"link from {link.name}")
        return link

    def _note(self, link: Link, kind: Kind, stream: int, payload: bytes) -> None:
        if kind is Kind.UPDATE:
            self.spawn(self.feed.write(link, stream, payload), f"a write of {link.name}")
        elif kind is Kind.SNAPSHOT and stream == DIGESTS:
            self.feed.lacks(link, payload)
        elif kind is Kind.SNAPSHOT and stream == LOOK:
            self.look()
        elif kind is Kind.SNAPSHOT and stream == SYNC:
            self.feed.asks(link, payload)
        elif kind not in (Kind.GOAWAY, Kind.SNAPSHOT):  # a newer version may tell of more
            raise Malformed(f"A frame of kind {kind.name} from {link.name} was not expected")

    async def _live(self, link: Link, greeting: Greeting) -> None:
        following = self.feed.follow(link, lambda: self._join(link), greeting.have, wants_tables=greeting.wants_tables)
        feeding = self.spawn(following, f"tables for {link.name}")
        try:
            await link.beat()
        finally:
            self.links.leave(link)
            feeding.cancel()
            log.warning("link from %s ended", link.name)

    def _join(self, link: Link) -> None:
        """It has the tables, so it can work, unless it went away meanwhile."""
        if link.wire.lost:
            return
        self.links.join(link)
        log.info("link from %s is up", link.name)
