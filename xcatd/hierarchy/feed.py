"""Keeping the tables of the daemons below as ours: what they lack at first, then what changes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from xcatd.errors import Malformed, StoreError, XcatError
from xcatd.hierarchy.digest import digests
from xcatd.hierarchy.greeting import Mark, mark_to_plain
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.order import Order
from xcatd.hierarchy.recent import Recent
from xcatd.hierarchy.tables import Arriving, patch_to_json
from xcatd.model import Origin
from xcatd.protocol.frames import Kind
from xcatd.store import Change, Snapshot, Store
from xcatd.store.changes import Once
from xcatd.store.news import Listener, News
from xcatd.store.patch import Dirty, patch_of, touched

log = logging.getLogger(__name__)

ReadRevoked = Callable[[], str]
"""Gives the text of the revocation list, "" when there is none."""

TABLES, REVOKED, DIGESTS, LOOK, SYNC = 0, 1, 2, 3, 4
"""The streams of the frames SNAPSHOT, by what they are about."""

PATIENCE = 60.0
"""Seconds for a follower to say which tables it lacks; then it gets all of them."""


class Followed(Store, Protocol):
    """A store that says what changes, and does a write once that is repeated."""

    def on_change(self, listener: Listener) -> Callable[[], None]: ...

    async def write(self, changes: Sequence[Change], *, author: Origin | str, once: Once | None = None) -> None: ...


@dataclass(slots=True, eq=False)
class Follower:
    """One daemon below, while its link lives."""

    link: Link
    dirty: Dirty
    """What it does not know yet."""
    lacks: asyncio.Future[list[str]] | None
    """The tables in which it differs from us, when it has said so. None: that is known without asking."""
    wants_tables: bool = True
    is_fed: bool = False
    asked: int = 0
    """The number with which it asked last whether it has all that there was then."""
    revoked: str | None = None
    """The revocation list that it has."""
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """Sends tables and the revocation list to those who follow, and takes their writes."""

    def __init__(self, store: Followed, revoked: ReadRevoked) -> None:
        self._store = store
        self._revoked = revoked
        self._followers: dict[Link, Follower] = {}
        self._arriving: dict[tuple[Link, int], Arriving] = {}
        self._order = Order()
        self._recent = Recent()
        self._before: Snapshot | None = None
        with suppress(StoreError):  # a service node that waits for its own tables
            self._before = store.snapshot
        store.on_change(self._changed)

    def _changed(self, news: News, snapshot: Snapshot) -> None:
        changed = touched(news, self._before, snapshot)
        self._before = snapshot
        self._recent.add(changed)
        for follower in self._followers.values():
            follower.dirty.add(changed)
        self._wake()

    def _wake(self) -> None:
        for follower in self._followers.values():
            follower.news.set()

    async def follow(
        self, link: Link, fed: Callable[[], None], have: Mark | None = None, *, wants_tables: bool = True
    ) -> None:
        """Serve one follower until its link ends. `have`: the tables that it has got already. `fed` is called when it has
        all of ours for the first time. Who reads the database himself `wants_tables` not, only the word to look."""
        follower = self._followers[link] = self._follower(link, have, wants_tables)
        try:
            while link.alive:
                follower.news.clear()
                self._send_revoked(follower)
                if await self._serve(follower):
                    fed()
                    fed = _nothing
                await follower.news.wait()
        finally:
            del self._followers[link]
            self._arriving = {key: write for key, write in self._arriving.items() if key[0] is not link}

    def _follower(self, link: Link, have: Mark | None, wants_tables: bool) -> Follower:
        if not wants_tables:
            return Follower(link, Dirty(), None, wants_tables=False)
        missed = None if have is None else self._recent.since(have)
        if missed is not None:
            return Follower(link, missed, None)
        if have is not None:
            return Follower(link, Dirty(), asyncio.get_running_loop().create_future())
        return Follower(link, Dirty(name for name, table in self._store.schema.tables.items() if not table.log), None)

    def _send_revoked(self, follower: Follower) -> None:
        revoked = self._revoked()
        if revoked != follower.revoked:
            follower.revoked = revoked
            follower.link.send(Kind.SNAPSHOT, REVOKED, revoked.encode())

    async def _serve(self, follower: Follower) -> bool:
        """Send what it does not know. False when there are no tables yet."""
        if not follower.wants_tables:
            if follower.dirty:
                follower.dirty = Dirty()
                follower.link.send(Kind.SNAPSHOT, LOOK)
            return True
        try:
            snapshot = self._store.snapshot
        except StoreError:
            return False  # this daemon waits for its own tables; their coming is a change
        asked, follower.asked = follower.asked, 0
        if follower.lacks is not None:
            follower.dirty = Dirty()
            follower.dirty.add(dict.fromkeys(await self._lacking(follower, follower.lacks, snapshot)))
            follower.lacks = None
        if follower.dirty or not follower.is_fed:
            await self._send(follower)
            follower.is_fed = True
        if asked:
            follower.link.send(Kind.SNAPSHOT, SYNC, str(asked).encode())
        return True

    async def _lacking(self, follower: Follower, lacks: asyncio.Future[list[str]], snapshot: Snapshot) -> list[str]:
        """The tables of which it has not what is in this snapshot."""
        ours = await digests(snapshot)
        follower.link.send(Kind.SNAPSHOT, DIGESTS, json.dumps({"digests": ours}).encode())
        try:
            async with asyncio.timeout(PATIENCE):
                names = await lacks
        except TimeoutError:
            log.warning("%s does not say which tables it lacks, so it gets all", follower.link.name)
            return list(snapshot)
        return [name for name in names if name in snapshot]

    async def _send(self, follower: Follower) -> None:
        link, snapshot, mark = follower.link, self._store.snapshot, self._recent.mark
        dirty, follower.dirty = follower.dirty, Dirty()
        for name, rows in dirty:
            if name in snapshot:
                for piece in patch_to_json(name, patch_of(snapshot.table(name), rows)):
                    link.send(Kind.SNAPSHOT, TABLES, piece)
                    await link.wire.drain()
                    await asyncio.sleep(0)  # a large table lets others have their turn
        link.send(Kind.SNAPSHOT, TABLES, json.dumps({"complete": True, "mark": mark_to_plain(mark)}).encode())

    def lacks(self, link: Link, payload: bytes) -> None:
        """A follower says in which tables it differs. Raises Malformed."""
        try:
            names = [str(name) for name in json.loads(payload)["lacks"]]
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"What {link.name} says of its tables cannot be read") from error
        follower = self._followers.get(link)
        if follower is not None and follower.lacks is not None and not follower.lacks.done():
            follower.lacks.set_result(names)

    def asks(self, link: Link, payload: bytes) -> None:
        """A follower wants to know when it has all that there is now. Raises Malformed."""
        if not payload.isdigit():
            raise Malformed(f"What {link.name} asks cannot be read")
        if (follower := self._followers.get(link)) is not None:
            follower.asked = int(payload)
            follower.news.set()

    def revoked(self) -> None:
        """The revocation list has changed."""
        self._wake()

    async def write(self, link: Link, number: int, payload: bytes) -> None:
        """Take a piece of a write that a follower asks for. With the last one, do it and tell the follower how it went.

        A piece without bytes takes back those that have come.
        """
        if not payload:
            self._arriving.pop((link, number), None)
            return
        outcome = {"error": ""}
        with link.held():
            try:
                write = self._arriving.setdefault((link, number), Arriving())
                if not write.take(payload):
                    return
                author = replace(write.origin, user=f"{write.origin.user} at {link.name}")
                del self._arriving[link, number]
                async with self._order.turn(write.once.writer):
                    await self._store.write(write.changes, author=author, once=write.once)
            except XcatError as failed:
                self._arriving.pop((link, number), None)
                outcome = {"error": str(failed), "code": failed.code}
                log.warning("write from %s refused: %s", link.name, failed)
            link.send(Kind.UPDATE, number, json.dumps(outcome).encode())


def _nothing() -> None:
    """What is left to do when all tables have been sent once."""
