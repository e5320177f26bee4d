"""Where this daemon's tables come from: a database, or the link to the daemon above; and the copy of them on disk."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.paths import Paths
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import StoreError
from xcatd.hierarchy import Links, RemoteStore
from xcatd.hierarchy.keeping import Keeping
from xcatd.model import Role
from xcatd.store import Location, News, Schema, Snapshot, SqlStore, make_store
from xcatd.store.patch import patch_of, touched
from xcatd.store.replica import Copy, Replica

if TYPE_CHECKING:
    from xcatd.store.engine import Lead

log = logging.getLogger(__name__)

WATCH = 0.5
"""Seconds between two looks at a database that does not say itself when it has changed."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a daemon: in a database of its own, `local`, or of the daemon above, `remote`; one of the two."""

    local: SqlStore | None = None
    remote: RemoteStore | None = None
    copy: DatabaseCopy | None = None
    lead: Lead | None = None
    """What decides which of several management nodes is the active one; None where there is one."""

    @property
    def store(self) -> SqlStore | RemoteStore:
        """Whichever it is."""
        found = self.local or self.remote
        assert found is not None
        return found

    @property
    def location(self) -> Location | None:
        """The database, where there is one."""
        return None if self.local is None else self.local.location

    def keep(self, supervisor: Supervisor) -> None:
        """Start what keeps them current."""
        if self.remote is not None:
            supervisor.keep(self.remote.keep(), "copy of the tables")
        if self.local is not None:
            supervisor.keep(self.local.watch(WATCH), "watch for other writers")
        if self.copy is not None:
            supervisor.keep(self.copy.keep(), "copy of the tables")

    def tidy(self, supervisor: Supervisor) -> None:
        """Start what the management node sees to in them."""
        if self.local is not None:
            supervisor.keep(self.local.keep_history(), "shortening the history")
            supervisor.keep(self.local.keep_tidy(), "tidying notes of changes")


class DatabaseCopy:
    """The copy on disk of tables that are on a database server: with it a daemon can start while the server is away."""

    def __init__(self, store: SqlStore, replica: Replica) -> None:
        self._store = store
        self._keeping = Keeping(replica)
        self._before = store.snapshot
        store.on_change(self._changed)

    def _changed(self, news: News, snapshot: Snapshot) -> None:
        changed = touched(news, self._before, snapshot)
        self._before = snapshot
        self._keeping.changed({name: patch_of(snapshot.table(name), rows) for name, rows in changed.items()})

    async def begin(self, *, waits: bool = False) -> None:
        """Read from the database what the copy has not; when that cannot be done, begin with the copy as it is. StoreError
        when there is none; one that `waits` for the lead begins with nothing, it needs the tables only then."""
        copy = await self._keeping.load()
        if copy is not None:
            self._store.resume(copy.snapshot, copy.mark, copy.when)
            self._before = self._store.snapshot
        try:
            await self._store.load()
        except StoreError as error:
            if copy is None and not waits:
                raise
            when = "of nothing" if copy is None else f"as of {copy.when.isoformat(timespec='seconds')}"
            log.error("tables %s are read from the copy on disk: %s", when, error)
            self._store.begin_without(error)

    async def keep(self) -> None:
        """Keep the copy as the tables are, until cancelled."""
        await self._keeping.keep(self._copy)

    def _copy(self) -> Copy:
        return Copy(self._store.snapshot, self._store.mark(), self._store.current)

    async def close(self) -> None:
        """Save what is not saved."""
        await self._keeping.close(self._copy)


@asynccontextmanager
async def opened_tables(
    paths: Paths, role: Role, schema: Schema, links: Links, candidate: str = ""
) -> AsyncIterator[Tables]:
    """The tables of this daemon, while it runs. `candidate`: the name of one of several management nodes, which alters nothing
    before it is the active one. Raises ConfigError and StoreError."""
    location = location_of(paths)
    replica = Replica(paths.replica, schema)
    if role is Role.SERVICE and location.is_file:
        async with _of_the_link(links, schema, replica) as tables:
            yield tables
        return
    store = await make_store(location, schema=schema, alters=role is Role.MANAGEMENT and not candidate)
    try:
        lead = store.lead(candidate) if candidate else None  # first, because it names the sessions of the store
        if location.is_file:
            await store.load()
            yield Tables(local=store)
        else:
            async with _with_copy(store, replica, waits=bool(candidate)) as copy:
                yield Tables(local=store, copy=copy, lead=lead)
    finally:
        await store.close()


@asynccontextmanager
async def _of_the_link(links: Links, schema: Schema, replica: Replica) -> AsyncIterator[Tables]:
    remote = RemoteStore(links.wait_above, schema, replica)
    await remote.load()
    try:
        yield Tables(remote=remote)
    finally:
        await remote.close()


@asynccontextmanager
async def _with_copy(store: SqlStore, replica: Replica, *, waits: bool) -> AsyncIterator[DatabaseCopy]:
    copy = DatabaseCopy(store, replica)
    await copy.begin(waits=waits)
    try:
        yield copy
    finally:
        await copy.close()
