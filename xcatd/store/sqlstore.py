"""The store on a database: a snapshot in memory, writes that are committed together, and an eye on foreign writers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from xcatd.errors import NotFound, StoreError, UsageError
from xcatd.model import Origin
from xcatd.store.batch import Batch, write_together
from xcatd.store.changes import Change, Check, parts
from xcatd.store.history.kept import KeptHistory, days_of, moment
from xcatd.store.preview import preview
from xcatd.store.row import Row
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

if TYPE_CHECKING:
    from xcatd.store.engine import Database, Session

Listener = Callable[[frozenset[str], Snapshot], None]
"""Called with the names of the tables that changed and the new snapshot. It must be quick and must not raise."""

_BREATH = 500
"""Changes that are checked between two moments at which others may run."""

_UNKNOWN = (None, 0)
"""The pulse before the database was looked at."""

_log = logging.getLogger(__name__)


class _SchemaMoved(Exception):
    """Somebody altered a table or a trigger, or removed the counts."""


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of the database: its rows, how often each table was changed, and the pulse when that was true."""

    snapshot: Snapshot
    revisions: Mapping[str, int]
    pulse: tuple[object, int]


class SqlStore:
    """A `Store` on a database. Made by `open_store`.

    Writers queue up. The one that gets the lock writes what everybody has queued in one transaction; the others find their
    batch settled when the lock comes to them. So no task is needed, and a busy disk makes the groups larger.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.schema = database.schema
        self.history = KeptHistory(database)
        self._state = _State(Snapshot.from_tables({}, schema=self.schema), {}, _UNKNOWN)
        self._lock = asyncio.Lock()
        self._queue: list[Batch] = []
        self._in_hand: list[Batch] = []
        """Batches of a transaction whose end has not been seen."""
        self._writer = f"@{uuid4().hex}"
        self._serial = 0
        self._listeners: list[Listener] = []

    @property
    def snapshot(self) -> Snapshot:
        return self._state.snapshot

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each new snapshot, whoever made the change. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def write(self, changes: Sequence[Change], *, author: Origin | str) -> None:
        """See `Store.write`. A caller that is cancelled while its changes wait has not made them."""
        if not changes:
            return
        batch = Batch(tuple(changes), Origin(author) if isinstance(author, str) else author)
        await self._check(batch.changes)
        self._queue.append(batch)
        try:
            async with self._lock:
                await self._recover()
                if not batch.is_settled:
                    await self._write_queued()
        except BaseException:
            batch.is_abandoned = True
            raise
        batch.outcome()

    def preview(self, changes: Sequence[Change]) -> Iterable[str]:
        """See `Store.preview`."""
        return preview(self.snapshot, changes)

    async def refresh(self) -> frozenset[str]:
        """See what others have written. Returns the names of the tables that were read again."""
        async with self._lock:
            await self._recover()
            before = self._state.snapshot
            self._publish(await self._on_schema(self._database.read, self._caught_up))
            return _changed(before, self._state.snapshot)

    async def watch(self, interval: float = 1.0) -> None:
        """Refresh every `interval` seconds until cancelled. A database that fails is reported once, then once again
        when it works."""
        works = True
        while True:
            await asyncio.sleep(interval)
            try:
                await self.refresh()
            except StoreError as error:
                if works:
                    _log.warning("cannot see what others write: %s", error)
                works = False
            else:
                if not works:
                    _log.info("the database answers again")
                works = True

    async def keep_history(self) -> None:
        """Forget what is older than site.historydays, now and once a day, until cancelled."""
        await self.history.keep(lambda: days_of(self.snapshot.site("historydays")))

    async def scan(self, table: str, *, last: int | None = None) -> list[Row]:
        """See `Store.scan`. NotFound when there is no such table, UsageError when it is not a log."""
        layout = self.schema.layouts.get(table)
        if layout is None:
            raise NotFound(f"No such table: {table}")
        if not layout.table.log:
            raise UsageError(f"Table {table} is not a log: its rows are in the snapshot")
        rows = await self._database.read(lambda session: session.last_rows(table, last))
        return [Row(layout, values) for values in rows]

    async def close(self) -> None:
        """Let the writers that wait finish, then close the database. Later writes raise StoreError."""
        async with self._lock:
            try:
                if self._serial:
                    await self._database.change(lambda session: session.unstamp(self._writer))
            finally:
                await self._database.close()

    async def load(self) -> None:
        """Read everything for the first time."""
        self._state = await self._on_schema(self._database.read, self._caught_up)

    async def _write_queued(self) -> None:
        """Write what everybody has queued, and settle it. The caller holds the lock, and a batch in the queue."""
        batches = [batch for batch in self._queue if not batch.is_abandoned]
        self._queue, self._in_hand = [], batches
        self._serial += len(batches) > 1
        try:
            state = await self._on_schema(self._database.change, lambda session: self._written(session, batches))
        except StoreError as error:
            self._settle(error)
        else:
            self._settle()
            for batch in batches:
                _log.debug("%s wrote %d changes", batch.author.user, len(batch.changes))
            self._publish(state)

    async def _recover(self) -> None:
        """Find out how a transaction ended whose caller was cancelled in the middle, and settle or queue its batches.

        The database itself knows: the transaction left its serial there, or it left nothing. One with a single batch leaves
        no serial, because the caller who went away was the only one to care.
        """
        if not self._in_hand:
            return
        stamp = await self._database.change(lambda session: session.stamped(self._writer))
        self._state = replace(self._state, pulse=_UNKNOWN)
        if stamp == self._serial and len(self._in_hand) > 1:
            self._publish(await self._on_schema(self._database.read, self._caught_up))
            self._settle()
        else:
            self._queue[:0] = [batch for batch in self._in_hand if not batch.is_settled and not batch.is_abandoned]
            self._in_hand = []

    def _settle(self, error: StoreError | None = None) -> None:
        for batch in self._in_hand:
            batch.settle(error)
        self._in_hand = []

    async def _on_schema(
        self, run: Callable[[Callable[[Session], _State]], Awaitable[_State]], work: Callable[[Session], _State]
    ) -> _State:
        """Run work; when somebody has altered the schema, mend it, forget what was known of the rows, and run it again."""
        try:
            return await run(work)
        except _SchemaMoved:
            await self._database.migrate()
            self._state = replace(self._state, revisions={}, pulse=_UNKNOWN)
            return await run(work)

    def _written(self, session: Session, batches: Sequence[Batch]) -> _State:
        state = self._caught_up(session)
        snapshot = write_together(session, state.snapshot, batches, moment(datetime.now(UTC)))
        if len(batches) > 1:
            session.stamp(self._writer, self._serial)
        if snapshot is state.snapshot:
            return state
        revisions = session.revisions()
        return _State(snapshot.with_views({}, sum(revisions.values())), revisions, state.pulse)

    def _caught_up(self, session: Session) -> _State:
        """The state with what others have written; only the tables that they changed are read."""
        pulse = session.pulse()
        if pulse == self._state.pulse:
            return self._state
        if session.schema_version() != self._database.schema_version:
            raise _SchemaMoved
        revisions = session.revisions()
        known, snapshot = self._state.revisions, self._state.snapshot
        if not all(name in revisions for name in snapshot):
            raise _SchemaMoved
        stale = [name for name in snapshot if revisions.get(name) != known.get(name)]
        filled, memo = session.filled(stale), snapshot.texts() if stale else {}
        views = {}
        for name in stale:
            rows = session.rows(name, memo) if name in filled else ()
            views[name] = TableView.of(self.schema.layouts[name], rows)
        if views:
            snapshot = snapshot.with_views(views, sum(revisions.values()))
        return _State(snapshot, revisions, pulse)

    async def _check(self, changes: Sequence[Change]) -> None:
        check = Check(self.schema)
        for portion in parts(changes, _BREATH):
            for change in portion:
                check(change)
            if len(portion) >= _BREATH:
                await asyncio.sleep(0)

    def _publish(self, state: _State) -> None:
        before, self._state = self._state.snapshot, state
        changed = _changed(before, state.snapshot)
        if changed:
            for listener in tuple(self._listeners):
                listener(changed, state.snapshot)


def _changed(before: Snapshot, after: Snapshot) -> frozenset[str]:
    return frozenset(name for name in after if after.table(name) is not before.table(name))
