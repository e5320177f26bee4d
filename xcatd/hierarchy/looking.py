"""The link of a service node that reads the cluster's database itself: no tables come on it, only the word to look."""

from __future__ import annotations

from collections.abc import Callable

from xcatd.errors import Malformed
from xcatd.hierarchy.feed import LOOK
from xcatd.hierarchy.link import Link
from xcatd.protocol.frames import Kind


class Looking:
    """In the place of a `RemoteStore`: whoever has written says so to the other side, which then looks at the database.
    PostgreSQL would tell by itself; with the others a change is seen at once instead of within half a second."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._followed: Link | None = None
        self.trouble = ""
        """What stands in the way of the link."""
        self.have = None
        self.wants_tables = False

    def unreachable(self, trouble: str) -> None:
        """The daemon above cannot be reached, for this reason."""
        self.trouble = trouble

    def follow(self, link: Link) -> None:
        """From now on this is the link."""
        self._followed = link

    def changed(self, *_: object) -> None:
        """This daemon has seen a change, perhaps its own."""
        if self._followed is not None and self._followed.alive:
            self._followed.send(Kind.SNAPSHOT, LOOK)

    def take(self, link: Link, payload: bytes) -> None:
        """A table that nobody has asked for. Raises Malformed."""
        raise Malformed(f"{link.name} sends tables, and this daemon reads the database itself")

    def look(self) -> None:
        """The daemon above has seen a change."""
        self._look()

    def synced(self, payload: bytes) -> None:
        """An answer that nobody has asked for. Raises Malformed."""
        raise Malformed("The daemon above says which tables have arrived, and this daemon reads the database itself")

    async def compare(self, link: Link, payload: bytes) -> bytes:
        """Digests of tables that nobody has asked for. Raises Malformed."""
        raise Malformed(f"{link.name} compares tables, and this daemon reads the database itself")

    def answered(self, number: int, error: str, code: str = "") -> None:
        """There are no writes on this link, so there is no answer."""

    def cut(self, link: Link) -> None:
        """The link is gone; the database is not."""
