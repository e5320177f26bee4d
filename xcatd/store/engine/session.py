"""A transaction, as the store uses it.

These are plain functions in form, but they run in a greenlet: while SQLite works in its thread, the loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby, starmap
from operator import add, itemgetter
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import await_only

from xcatd.model import Origin
from xcatd.store.changes import Append, Delete
from xcatd.store.engine import metadata, records, sqlite
from xcatd.store.engine.metadata import REVISIONS, Catalogue
from xcatd.store.engine.statements import Care, Statement, Statements
from xcatd.store.history.entry import Entry
from xcatd.store.history.packing import pack
from xcatd.store.row import Layout, Values, share
from xcatd.store.tabledraft import Effect, Steps

T = TypeVar("T")
K = TypeVar("K")

Pulse = tuple[object, int]
"""Which connection it was, and SQLite's count of what others have written, which only that connection can compare."""

_CHUNK: Final = 2000
"""Rows that are read or written between two moments at which others may run."""


class Session:
    """One transaction. `odd`: tables known to have text that is not UTF-8. `path` is for the sentences of its errors."""

    def __init__(
        self, connection: sa.Connection, catalogue: Catalogue, statements: Statements, odd: set[str], path: Path
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._statements = statements
        self._odd = odd
        self._path = path

    def pulse(self) -> Pulse:
        """What stays as it is while nobody but this connection writes."""
        mark = self._connection.info.setdefault("xcatd_mark", object())
        return mark, sqlite.data_version(self._connection)

    def schema_version(self) -> int:
        """A number that changes when somebody alters a table or a trigger."""
        return sqlite.schema_version(self._connection)

    def revisions(self) -> dict[str, int]:
        """How often each table was changed."""
        rows = self._connection.execute(sa.select(REVISIONS.c.name, REVISIONS.c.revision))
        return metadata.revisions([(name, revision) for name, revision in rows])

    def filled(self, tables: Collection[str]) -> set[str]:
        """Those of the tables that have rows."""
        if not tables:
            return set()
        preparer = self._connection.dialect.identifier_preparer
        return set(self._connection.scalars(self._catalogue.which_have_rows(tables, preparer)))

    def rows(self, table: str, memo: dict[str | None, str | None]) -> list[Values]:
        """A whole table in database order; equal texts are one object."""
        query = self._catalogue.select_rows(table)
        try:
            return list(self._read(query, memo))
        except sa.exc.OperationalError as error:
            if hasattr(error.orig, "sqlite_errorcode"):
                raise
        self._odd.add(table)
        with self._any_bytes():  # the driver, not SQLite, gave up: text that is not UTF-8
            return list(self._read(query, memo))

    def last_rows(self, table: str, last: int | None) -> list[Values]:
        """Rows of a log, oldest first; only the `last` ones when that is a number."""
        with self._any_bytes():
            return list(self._read(self._catalogue.select_last(table, last), {}))[::-1]

    def _read(self, query: sa.Select[Any], memo: dict[str | None, str | None]) -> Iterator[Values]:
        result = self._connection.execute(query, execution_options={"yield_per": _CHUNK})
        for rows in result.partitions():
            yield from share(rows, memo)

    @contextmanager
    def _any_bytes(self) -> Iterator[None]:
        """Bytes that are not UTF-8 come as lone surrogates, as everywhere in this program."""
        driver: Any = self._connection.connection.driver_connection
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        try:
            yield
        finally:
            driver.text_factory = str

    def breathe(self) -> None:
        """Let others run."""
        await_only(asyncio.sleep(0))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when it raises; an error of the database becomes a StoreError."""
        try:
            with self._connection.begin_nested():
                yield
        except sa.exc.DBAPIError as error:
            raise sqlite.explain(self._path, error.orig) from error

    def apply(self, steps: Sequence[Steps], logs: Sequence[Append | Delete]) -> None:
        """Tell the database."""
        for each in steps:
            self._apply_steps(each)
        for (kind, _), changes in groupby(logs, key=lambda change: (type(change), change.table)):
            if kind is Append:
                self._append([change for change in changes if isinstance(change, Append)])
            else:
                self._delete([change for change in changes if isinstance(change, Delete)])

    def _apply_steps(self, steps: Steps) -> None:
        table, statements = steps.layout.table.name, self._statements
        care = partial(_cares, steps.layout, table in self._odd)
        for kind, olds in _runs(steps.deleted, care):
            self._execute(statements.delete(table, kind), olds)
        for kind, pairs in _runs(steps.updated, lambda pairs: care(list(map(itemgetter(0), pairs)))):
            self._execute(statements.update(table, kind, steps.columns), list(starmap(add, pairs)))
        for kind, rows in _runs(steps.inserted, care):
            self._execute(statements.insert(table, kind), rows)

    def _append(self, changes: Sequence[Append]) -> None:
        """Add rows, all to one log."""
        layout = self._catalogue.schema.layouts[changes[0].table]
        for numbered, run in _runs(changes, lambda run: [layout.columns[0] in change.values for change in run]):
            rows = [tuple(map(change.values.get, layout.columns)) for change in run]
            self._execute(self._statements.insert(layout.table.name, numbered=numbered), rows)

    def _delete(self, changes: Sequence[Delete]) -> None:
        """Remove rows, all from one log."""
        for statement in self._catalogue.deletions(changes[0].table, [change.where for change in changes]):
            self._connection.execute(statement)
            self.breathe()

    def _execute(self, statement: Statement, rows: Sequence[Values]) -> None:
        self._connection.exec_driver_sql(statement.sql, list(map(statement.pick, rows)))

    def record(self, at: str, writes: Sequence[tuple[Origin, Sequence[Effect]]]) -> None:
        """Add to the history what each of these did."""
        last = max(self._connection.execute(records.last_number()).one())
        entries: list[dict[str, Any]] = []
        packed: list[dict[str, Any]] = []
        for number, (origin, effects) in enumerate(writes, last + 1):
            tables = [(effect.layout.table.name, len(effect)) for effect in effects]
            entries.append(records.row_of(number, at, origin, tables))
            packed += (
                {"entry": number, "name": effect.layout.table.name, "data": pack(effect, self.breathe)}
                for effect in effects
            )
        if entries:
            self._connection.execute(records.ENTRIES.insert(), entries)
            self._connection.execute(records.PACKED.insert(), packed)

    def entries(
        self,
        last: int | None,
        *,
        table: str | None,
        user: str | None,
        since: str | None,
        until: str | None,
        before_id: int | None,
    ) -> list[Entry]:
        """The newest entries of the history that fit, oldest first; see `History.entries`."""
        query = records.select_entries(table, user, since, until, before_id).limit(last)
        return [records.entry_of(row) for row in self._connection.execute(query)][::-1]

    def packed_rows(self, number: int) -> list[tuple[str, bytes]] | None:
        """The packed rows of an entry, by table in the order in which they were touched; None: no such entry."""
        row = self._connection.execute(sa.select(records.ENTRIES).where(records.ENTRIES.c.id == number)).one_or_none()
        if row is None:
            return None
        query = sa.select(records.PACKED.c.name, records.PACKED.c.data).where(records.PACKED.c.entry == number)
        data: dict[str, bytes] = {name: bytes(each) for name, each in self._connection.execute(query)}
        return [(name, data[name]) for name, _ in records.entry_of(row).tables if name in data]

    def forget(self, before: str, limit: int) -> int:
        """Remove up to `limit` of the oldest entries that are older than this moment. Returns how many."""
        newest = self._connection.scalar(records.newest_before(before)) or 0
        numbers = list(self._connection.scalars(records.oldest(newest, limit)))
        if numbers:
            highest = max(self._connection.execute(records.last_number()).one())
            self.stamp(records.FLOOR, highest)
            self._connection.execute(records.PACKED.delete().where(records.PACKED.c.entry <= numbers[-1]))
            self._connection.execute(records.ENTRIES.delete().where(records.ENTRIES.c.id <= numbers[-1]))
        return len(numbers)

    def stamp(self, writer: str, serial: int) -> None:
        """Leave a mark by which this transaction is known if its end is not seen."""
        updated = REVISIONS.update().where(REVISIONS.c.name == writer).values(revision=serial)
        if self._connection.execute(updated).rowcount == 0:
            self._connection.execute(REVISIONS.insert().values(name=writer, revision=serial))

    def stamped(self, writer: str) -> int | None:
        """The mark that this writer left last."""
        mark: int | None = self._connection.scalar(sa.select(REVISIONS.c.revision).where(REVISIONS.c.name == writer))
        return mark

    def unstamp(self, writer: str) -> None:
        """Take the mark away: the writer ends."""
        self._connection.execute(REVISIONS.delete().where(REVISIONS.c.name == writer))


def _cares(layout: Layout, may_be_odd: bool, rows: Sequence[Values]) -> list[Care]:
    """The care that each of the rows needs."""
    if may_be_odd:
        return [_care(layout, values) for values in rows]
    keys = list(map(layout.key_of, rows))
    if (None in keys) if len(layout.keys) == 1 else any(None in key for key in keys):
        return [Care.LOOSE if layout.has_null_key(values) else Care.USUAL for values in rows]
    return [Care.USUAL] * len(rows)


def _care(layout: Layout, values: Values) -> Care:
    if not all(text is None or _is_text(text) for text in values):
        return Care.ODD
    return Care.LOOSE if layout.has_null_key(values) else Care.USUAL


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _runs(items: Sequence[T], kinds: Callable[[Sequence[T]], Sequence[K]]) -> Iterator[tuple[K, list[T]]]:
    """The items in order, in pieces of one kind that are small enough for one step. `kinds`: of each item."""
    for start in range(0, len(items), _CHUNK):
        piece = items[start : start + _CHUNK]
        for kind, run in groupby(zip(kinds(piece), piece, strict=True), key=itemgetter(0)):
            yield kind, [item for _, item in run]
