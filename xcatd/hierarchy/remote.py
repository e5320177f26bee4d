"""The cluster's tables on a service node whose management node keeps them: read here, written there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from xcatd.errors import Malformed, StoreError
from xcatd.hierarchy.digest import digests
from xcatd.hierarchy.feed import SYNC
from xcatd.hierarchy.greeting import Mark, mark_from_plain, mark_to_plain
from xcatd.hierarchy.keeping import Keeping
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.tables import Gathering
from xcatd.hierarchy.writes import PATIENCE, Above, Writes
from xcatd.model import Origin
from xcatd.protocol.frames import Kind
from xcatd.store import STANDARD, Change, Entry, Row, RowChange, Schema, Snapshot, TableView, preview
from xcatd.store.changes import Once
from xcatd.store.news import Listener
from xcatd.store.outage import Outage
from xcatd.store.patch import Patch, apply
from xcatd.store.replica import Copy, Replica
from xcatd.store.row import Ident

log = logging.getLogger(__name__)

MOMENT = 2.0
"""Seconds for which somebody who has written waits for his own writes to arrive."""
_WRONG = (ValueError, KeyError, TypeError, AttributeError)


class RemoteStore:
    """A Store that follows the one above. With the link down it goes on showing the last state it has seen; with a
    `replica`, from one start to the next.

    `above` gives the link for a write, as soon as there is one. `patience`: seconds after the loss of a link in which a
    write is repeated on the next one. `trouble` is what stands in the way of the link, for the sentences that say so.
    """

    def __init__(
        self,
        above: Above,
        schema: Schema = STANDARD,
        replica: Replica | None = None,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.schema = schema
        self.history = HistoryAbove()
        self.trouble = ""
        self.wants_tables = True
        self._writes = Writes(above, patience)
        self._keeping = Keeping(replica)
        self._followed: Link | None = None
        self._snapshot: Snapshot | None = None
        self._mark = Mark()
        """The moment of the snapshot, in the words of the feed above."""
        self._lost: datetime | None = None
        """Since when nobody has said that the snapshot is current; None while it is."""
        self._noticed = datetime.now(UTC)
        """When this was found out last."""
        self._complete = asyncio.Event()
        self._gathering = Gathering()
        self._listeners: list[Listener] = []
        self._asked = 0
        self._told: dict[int, asyncio.Event] = {}
        """Questions whether all has arrived, by their numbers."""

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            why = f" ({self.trouble})" if self.trouble else ""
            raise StoreError(
                f"The cluster's tables have not arrived from the management node yet{why}; check that it runs"
            )
        return self._snapshot

    @property
    def outage(self) -> Outage | None:
        """Why the snapshot may be old; None while it is current, and while there is none."""
        if self._snapshot is None or self._lost is None:
            return None
        linked = self._followed is not None and self._followed.alive
        why = "its tables are on the way" if linked else self.trouble or "there is no link to it"
        return Outage(self._lost, why, noticed=self._noticed)

    @property
    def have(self) -> Mark | None:
        """What the daemon above need not send, for the greeting."""
        return None if self._snapshot is None else self._mark

    async def arrived(self) -> None:
        """Wait until there are tables: those of the daemon above, or, when it cannot be reached, those of the replica."""
        await self._complete.wait()

    def unreachable(self, trouble: str) -> None:
        """The daemon above cannot be reached, for this reason."""
        self.trouble = trouble
        if self._snapshot is not None:
            self._complete.set()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each new snapshot. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- the copy on disk -----------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Take the tables from the replica, if there are any."""
        copy = await self._keeping.load()
        if copy is not None and self._snapshot is None:
            self._snapshot, self._lost, self._noticed = copy.snapshot, copy.when, datetime.now(UTC)
            self._mark = _mark_of(copy)
            log.info("tables as of %s are read from the copy on disk", copy.when.strftime("%Y-%m-%d %H:%M:%S %Z"))

    async def keep(self) -> None:
        """Keep the replica as the tables are, until cancelled."""
        await self._keeping.keep(self._copy)

    def _copy(self) -> Copy | None:
        """The tables now, if there are any."""
        if self._snapshot is None:
            return None
        return Copy(self._snapshot, mark_to_plain(self._mark), self._lost or datetime.now(UTC))

    async def close(self) -> None:
        """Save what is not saved; the link belongs to the dialler."""
        await self._keeping.close(self._copy)

    # -- following ------------------------------------------------------------------------------------------------

    def follow(self, link: Link) -> None:
        """From now on the tables that come on this link count; half a table of an old one is forgotten."""
        self._followed = link
        self._gathering = Gathering()
        self._writes.follow(link)

    def take(self, link: Link, payload: bytes) -> None:
        """Take one piece of what has changed. What has come becomes visible at once with the word `complete`."""
        if link is not self._followed:
            return
        try:
            piece = json.loads(payload)
            if piece.get("complete"):
                self._publish(mark_from_plain(piece["mark"]) or Mark())
            else:
                self._gathering.take(piece)
        except _WRONG as error:
            self._mark = Mark()  # so that the next link compares all tables
            raise Malformed("A table from the management node cannot be read") from error

    async def catch_up(self) -> None:
        """See `Store.catch_up`: the daemon above says when all has been sent that it has now."""
        link = self._followed
        if link is None or not link.alive:
            return
        self._asked += 1
        asked, self._told[self._asked] = self._asked, asyncio.Event()
        link.send(Kind.SNAPSHOT, SYNC, str(asked).encode())
        try:
            async with asyncio.timeout(MOMENT):
                await self._told[asked].wait()
        except TimeoutError:
            log.warning("%s does not say within %.0f s whether all its tables have arrived", link.name, MOMENT)
        finally:
            del self._told[asked]

    def synced(self, payload: bytes) -> None:
        """What there was when we asked has arrived. Raises ValueError."""
        for asked, told in self._told.items():
            if asked <= int(payload):
                told.set()

    def look(self) -> None:
        """Somebody has changed the tables: they come by themselves."""

    async def compare(self, link: Link, payload: bytes) -> bytes:
        """What to answer to the digests of the tables above: which ones differ here. Raises Malformed."""
        try:
            theirs = {str(name): str(text) for name, text in json.loads(payload)["digests"].items()}
        except _WRONG as error:
            raise Malformed("What the management node says of its tables cannot be read") from error
        ours = await digests(self.snapshot)
        if link is self._followed:
            for name in ours.keys() - theirs.keys():
                self._gathering.arrived[name] = Patch((), (), whole=True)  # there is no such table any more
        return json.dumps({"lacks": sorted(name for name in ours if theirs.get(name, "") != ours[name])}).encode()

    def _publish(self, mark: Mark) -> None:
        arrived, self._gathering.arrived = self._gathering.arrived, {}
        if self._snapshot is None:
            tables = {name: (patch.columns, patch.rows) for name, patch in arrived.items()}
            self._snapshot = Snapshot.from_tables(tables, schema=self.schema)
            news: dict[str, frozenset[Ident] | None] = {name: None for name in arrived if name in self._snapshot}
        else:
            self._snapshot, news = _changed(self._snapshot, arrived)
        self._mark, self._lost = mark, None
        self._complete.set()
        self._keeping.changed({name: arrived[name] for name in news})
        if news:
            for listener in tuple(self._listeners):
                listener(news, self._snapshot)

    def cut(self, link: Link) -> None:
        """The link is gone: writes that were under way on it are repeated on the next one."""
        if link is self._followed and self._lost is None:
            self._lost = self._noticed = datetime.now(UTC)
        self._writes.cut(link)

    # -- writing --------------------------------------------------------------------------------------------------

    async def write(self, changes: Sequence[Change], *, author: Origin | str, once: Once | None = None) -> None:
        """Have the management node write. Raises StoreError when it cannot be reached, and what it raises itself."""
        await self._writes.write(changes, author, once)

    def answered(self, number: int, error: str, code: str = "") -> None:
        """The management node's word on a write; "" = done. `code`: the word of the error's class."""
        self._writes.answered(number, error, code)

    def preview(self, changes: Sequence[Change]) -> Iterable[str]:
        """See `Store.preview`; changes are made on the management node, and so are the previews."""
        return preview(self.snapshot, changes)

    async def scan(self, table: str, *, last: int | None = None) -> list[Row]:
        raise StoreError(f"The table {table} is kept on the management node only; ask there")


def _changed(snapshot: Snapshot, patches: Mapping[str, Patch]) -> tuple[Snapshot, dict[str, frozenset[Ident] | None]]:
    """The snapshot with the patches, and which rows they are about. Tables that only the other release has are left out."""
    views: dict[str, TableView] = {}
    news: dict[str, frozenset[Ident] | None] = {}
    for name, patch in patches.items():
        if name not in snapshot:
            continue
        if patch.whole:
            view = snapshot.replace(name, patch.rows, columns=patch.columns or None).table(name)
            views[name], news[name] = view, None
        else:
            views[name], news[name] = apply(patch, snapshot.table(name))
    return snapshot.with_views(views, snapshot.revision + 1), news


def _mark_of(copy: Copy) -> Mark:
    """Where the copy comes from; a mark of nowhere when that is not known."""
    try:
        return mark_from_plain(copy.mark) or Mark()
    except (ValueError, TypeError):
        return Mark()


class HistoryAbove:
    """The history as a service node knows it: it is elsewhere."""

    async def entries(
        self,
        *,
        last: int | None = None,
        table: str | None = None,
        user: str | None = None,
        since: str | None = None,
        until: str | None = None,
        before_id: int | None = None,
    ) -> list[Entry]:
        raise _kept_above()

    async def changes(self, entry_id: int) -> list[RowChange]:
        raise _kept_above()

    async def prune(self, before: str) -> int:
        raise _kept_above()


def _kept_above() -> StoreError:
    return StoreError("The history is kept on the management node only; ask there")
