"""The store on a database: a snapshot in memory, writes that are committed together, and an eye on foreign writers."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from xcatd.errors import Away, ConfigError, NotFound, StoreError, UsageError
from xcatd.model import Origin
from xcatd.store.batch import Batch, write_together
from xcatd.store.catchup import EPOCH, MOVED, RESUMED, TERM, UNKNOWN, SchemaMoved, State, caught_up
from xcatd.store.changes import Change, Check, Once, parts
from xcatd.store.history.entry import moment
from xcatd.store.history.kept import KeptHistory, days_of
from xcatd.store.location import Location
from xcatd.store.news import Listener, News, merged
from xcatd.store.outage import Outage
from xcatd.store.preview import preview
from xcatd.store.row import Row
from xcatd.store.snapshot import Snapshot

if TYPE_CHECKING:
    from xcatd.store.engine import Database, Lead, Session

Mark = Mapping[str, object]
Work = Callable[["Session"], tuple[State, News]]

_BREATH = 500
"""Changes that are checked between two moments at which others may run."""
DEADLINE = 10.0
"""Seconds for which a write waits for a server that cannot be reached."""
_SOONEST, _LATEST = 0.05, 1.0
"""Seconds until the server is tried again: doubled from the first to the second, with jitter."""
_QUIET = 5.0
"""Seconds between two looks at a database that says itself when something has changed."""
_MARGIN = 1000
"""Changes that others may have made since the counts were read."""
_FORGET = timedelta(days=180)
"""After that, nobody will ask for a write again."""
_TIDY = 600.0
"""Seconds between two removals of old notes."""

_log = logging.getLogger(__name__)


class SqlStore:
    """A `Store` on a database. Made by `open_store`.

    Writers queue up. The one that gets the lock writes what everybody has queued in one transaction; the others find their
    batch settled when the lock comes to them. So no task is needed, and a busy disk makes the groups larger.

    A server that cannot be reached is an `outage`: reads go on from the snapshot, writes wait for `deadline` seconds.
    """

    def __init__(self, database: Database, *, deadline: float = DEADLINE) -> None:
        self._database = database
        self.schema = database.schema
        self.history = KeptHistory(database)
        self.outage: Outage | None = None
        self._state = State(Snapshot.from_tables({}, schema=self.schema))
        self.current = datetime.now(UTC)
        """When the snapshot was last known to be what the database has."""
        self._lock = asyncio.Lock()
        self._queue: list[Batch] = []
        self._in_hand: list[Batch] = []
        """Batches of a transaction whose end has not been seen."""
        self._deadline = deadline
        self._writer = uuid4().hex
        self._serial = 0
        self._listeners: list[Listener] = []
        self._knock = asyncio.Event()

    @property
    def location(self) -> Location:
        """Where the database is."""
        return self._database.dialect.location

    @property
    def snapshot(self) -> Snapshot:
        return self._state.snapshot

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each new snapshot, whoever made the change. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def write(self, changes: Sequence[Change], *, author: Origin | str, once: Once | None = None) -> None:
        """See `Store.write`. A caller that is cancelled while its changes wait has not made them."""
        if not changes:
            return
        batch = Batch(tuple(changes), Origin(author) if isinstance(author, str) else author, once)
        await self._check(batch.changes)
        deadline = asyncio.get_running_loop().time() + self._deadline
        self._queue.append(batch)
        try:
            async with self._lock:
                await self._see_to(batch, deadline)
        except BaseException:
            batch.is_abandoned = True
            raise
        batch.outcome()

    def preview(self, changes: Sequence[Change]) -> Iterable[str]:
        """See `Store.preview`."""
        return preview(self.snapshot, changes)

    async def refresh(self) -> frozenset[str]:
        """See what others have written. Returns the names of the tables in which something was read again."""
        async with self._lock:
            try:
                await self._recover()
                before = self._state.snapshot
                state, news = await self._on_schema(self._database.read, self._caught_up)
            except StoreError as error:
                self._lost(error)
                raise
            self._publish(state, news)
            return frozenset(name for name in news if state.snapshot.table(name) is not before.table(name))

    async def catch_up(self) -> None:
        """See `Store.catch_up`."""
        with suppress(StoreError):  # an outage: what is known is shown
            await self.refresh()

    def nudge(self) -> None:
        """Somebody says that the database was written to: look at once, if somebody watches."""
        self._knock.set()

    async def watch(self, interval: float = 1.0) -> None:
        """Refresh when the database says that it was written to, and every `interval` seconds where it cannot, until
        cancelled. A database that fails is reported once, then once again when it works."""
        works, wait = True, 0.0
        while True:
            try:
                async with self._database.news(self._knock.set) as tells:
                    while True:
                        await self.refresh()
                        if not works:
                            _log.info("the database %s answers again", self._database.name)
                        works, wait = True, 0.0
                        await self._rest(_QUIET if tells else interval)
            except (StoreError, ConfigError) as error:  # the second: a file of TLS that is being replaced
                self._lost(error)
                if works:
                    _log.warning("cannot see what others write: %s", error)
                works = False
            wait = min(max(wait * 2, _SOONEST), max(_LATEST, interval))
            await self._rest(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the calls, keeps no secret

    async def keep_history(self) -> None:
        """Forget what is older than site.historydays, now and once a day, until cancelled."""
        await self.history.keep(lambda: days_of(self.snapshot.site("historydays")))

    async def keep_tidy(self) -> None:
        """Remove old notes of changes now and then, until cancelled."""
        while True:
            try:
                await self._database.change(lambda session: session.tidy(moment(datetime.now(UTC) - _FORGET)))
            except StoreError as error:
                _log.debug("old notes of changes stay: %s", error)
            await asyncio.sleep(_TIDY)

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
                if self._serial and self.outage is None:
                    await self._database.change(lambda session: session.unstamp(self._writer), in_term=False)
            except Away as error:
                _log.debug("the mark of this writer stays: %s", error)
            finally:
                await self._database.close()

    async def load(self) -> None:
        """Read what is not known yet, at first everything. Raises StoreError; Away when the server cannot be reached."""
        await self._database.migrate()
        self._publish(*await self._on_schema(self._database.read, self._caught_up))
        if self._database.alters and (self._state.moved or not self.location.is_file):
            try:
                await self._database.change(self._take_possession)
            except Away:
                raise
            except StoreError as error:  # read only: what is in it can be shown all the same
                _log.warning("the tables can be read, and not written: %s", error)

    def _take_possession(self, session: Session) -> None:
        """This daemon is the one that leads the cluster, and this is its database."""
        if self._state.moved:
            _log.warning("the database %s was moved away from; it counts again, as cfgloc says", self._database.name)
            session.unmark(MOVED)
        if not self.location.is_file:
            session.mark(EPOCH, secrets.randbits(62))

    def lead(self, name: str) -> Lead:
        """The session by which the management node of this name competes for the lead. ConfigError where none can."""
        return self._database.lead(name)

    async def begin_term(self) -> int:
        """This daemon leads from now on, and nobody who led before writes any more; gives the number of its term. `take_lead`
        must follow."""
        self._database.alters = True
        await self._database.migrate()
        self._database.term = await self._database.change(lambda session: session.raised(TERM), in_term=False)
        return self._database.term

    async def take_lead(self, term: int) -> None:
        """Lead in this term, which began here or in the daemon before this one; all that was written before it is read."""
        async with self._lock:
            self._database.alters, self._database.term = True, term
            await self.load()

    def mark(self) -> Mark:
        """What `resume` wants to know of the present snapshot, as JSON can write it."""
        return {"epoch": self._state.epoch, "revisions": dict(self._state.revisions)}

    def resume(self, snapshot: Snapshot, mark: object, since: datetime) -> None:
        """Before `load`: these tables were kept on disk, and `mark` with them. What has changed since is read then; without
        a mark, all."""
        self._state, self.current = State(snapshot, {}, RESUMED), since
        match mark:
            case {"revisions": dict(revisions), "epoch": int(epoch)}:  # else the copy was made in another way
                self._state = State(snapshot, revisions, RESUMED, epoch=epoch)

    def begin_without(self, error: StoreError) -> None:
        """Begin with the tables of `resume`, because the server cannot be used now: `watch` reads them when it can."""
        self._lost(error)

    async def exchange(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have the whole database replaced by `work`, while nobody writes through this store; then everything is read again,
        also by others who read this database. Raises what `work` raises."""
        async with self._lock:
            await self._recover()
            more = max(self._state.revisions.values(), default=0) + _MARGIN
            try:
                await work()
            finally:
                self._state = replace(self._state, revisions={}, pulse=UNKNOWN)
                await self._database.reconnect()
                await self._database.migrate()
                if term := self._database.term:  # what was there before has another one
                    await self._database.change(lambda session: session.mark(TERM, term), in_term=False)
                await self._database.change(lambda session: session.recount(more))
                await self.load()

    # -- writing --------------------------------------------------------------------------------------------------

    async def _see_to(self, batch: Batch, deadline: float) -> None:
        """Write what everybody has queued until this batch is settled. The caller holds the lock."""
        loop, wait = asyncio.get_running_loop(), _SOONEST
        while not batch.is_settled:
            try:
                await self._recover()
                if not batch.is_settled:
                    await self._write_queued()
            except Away as error:
                self._lost(error)
                if loop.time() >= deadline:
                    self._give_up(error)
                    return
                await asyncio.sleep(min(wait * random.uniform(0.5, 1.0), max(deadline - loop.time(), 0.0)))  # noqa: S311
                wait = min(wait * 2, _LATEST)

    async def _write_queued(self) -> None:
        """Write what everybody has queued, and settle it. The caller holds the lock, and a batch in the queue."""
        batches = [batch for batch in self._queue if not batch.is_abandoned]
        self._queue, self._in_hand = [], batches
        self._serial += self._leaves_mark
        try:
            state, news = await self._on_schema(self._database.change, lambda session: self._written(session, batches))
        except Away as error:
            if not error.undecided:  # nothing is written, so nothing must be found out
                self._queue[:0], self._in_hand = batches, []
            raise
        except StoreError as error:
            self._settle(error)
        else:
            self._settle()
            for batch in batches:
                _log.debug("%s wrote %d changes", batch.author.user, len(batch.changes))
            self._publish(state, news)

    @property
    def _leaves_mark(self) -> bool:
        """Whether the transaction leaves its serial: others wait for it beside the caller, or the network may break."""
        return len(self._in_hand) > 1 or not self.location.is_file

    async def _recover(self) -> None:
        """Find out how a transaction ended whose end was not seen, because its caller was cancelled or the connection
        broke, and settle or queue its batches.

        The database itself knows: the transaction left its serial there, or it left nothing. One with a single batch leaves
        no serial in a file, because the caller who went away was the only one to care.
        """
        if not self._in_hand:
            return
        stamp = await self._database.change(lambda session: session.stamped(self._writer), in_term=False)
        self._state = replace(self._state, pulse=UNKNOWN)
        if stamp == self._serial and self._leaves_mark:
            self._publish(*await self._on_schema(self._database.read, self._caught_up))
            self._settle()
        else:
            self._queue[:0] = [batch for batch in self._in_hand if not batch.is_settled and not batch.is_abandoned]
            self._in_hand = []

    def _settle(self, error: StoreError | None = None) -> None:
        for batch in self._in_hand:
            batch.settle(error)
        self._in_hand = []

    def _give_up(self, error: Away) -> None:
        """The deadline of somebody has passed: all who wait are told."""
        for batch in self._in_hand:
            batch.settle(Away(f"{error}; it is not known whether this was written, so look before you repeat it"))
        for batch in self._queue:
            batch.settle(Away(f"{error}; nothing was written"))
        self._queue = []

    # -- the state ------------------------------------------------------------------------------------------------

    async def _on_schema(self, run: Callable[[Work], Awaitable[tuple[State, News]]], work: Work) -> tuple[State, News]:
        """Run work; when somebody has altered the schema, mend it, forget what was known of the rows, and run it again."""
        from xcatd.store.engine import Altered

        try:
            return await run(work)
        except (SchemaMoved, Altered):
            await self._database.migrate()
            self._state = replace(self._state, revisions={}, pulse=UNKNOWN)
            return await run(work)

    def _written(self, session: Session, batches: Sequence[Batch]) -> tuple[State, News]:
        state, seen = self._caught_up(session)
        if state.moved:
            raise StoreError(
                f"The tables are not in {self._database.name} any more, cfgloc names another database now: make this daemon "
                "use it with xcatd -r"
            )
        snapshot, done = write_together(session, state.snapshot, batches, moment(datetime.now(UTC)))
        if self._leaves_mark:
            session.stamp(self._writer, self._serial)
        if snapshot is state.snapshot:
            return state, seen
        revisions = {name: count for name, count in session.revisions().items() if name in snapshot}
        return replace(state, snapshot=snapshot.with_views({}, sum(revisions.values())), revisions=revisions), merged(
            seen, done
        )

    def _caught_up(self, session: Session) -> tuple[State, News]:
        return caught_up(session, self._state, self._database.schema_version)

    async def _check(self, changes: Sequence[Change]) -> None:
        check = Check(self.schema)
        for portion in parts(changes, _BREATH):
            for change in portion:
                check(change)
            if len(portion) >= _BREATH:
                await asyncio.sleep(0)

    def _publish(self, state: State, news: News) -> None:
        before, self._state = self._state.snapshot, state
        self.current, self.outage = datetime.now(UTC), None
        told = {name: idents for name, idents in news.items() if state.snapshot.table(name) is not before.table(name)}
        if told:
            for listener in tuple(self._listeners):
                listener(told, state.snapshot)

    def _lost(self, error: StoreError | ConfigError) -> None:
        """The server cannot be used: what is shown from now on is how it was when it was last seen."""
        if self.outage is None and not self.location.is_file:
            reason = error.reason if isinstance(error, Away) else str(error)
            self.outage = Outage(self.current, reason, f"The database {self._database.name}", datetime.now(UTC))

    async def _rest(self, seconds: float) -> None:
        """Sleep, unless somebody knocks."""
        try:
            async with asyncio.timeout(seconds):
                await self._knock.wait()
        except TimeoutError:
            return
        finally:
            self._knock.clear()
