"""A transaction, as the store uses it.

These are plain functions in form, but they run in a greenlet: while SQLite works in its thread, the loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import await_only

from xcatd.store.changes import Append, Delete
from xcatd.store.draft import Steps
from xcatd.store.engine import metadata, sqlite
from xcatd.store.engine.metadata import REVISIONS
from xcatd.store.engine.statements import Statement, Statements, Target
from xcatd.store.row import LAYOUTS, Values, share

T = TypeVar("T")

Pulse = tuple[object, int]
"""Which connection it was, and SQLite's count of what others have written, which only that connection can compare."""

_CHUNK: Final = 2000
"""Rows that are read or written between two moments at which others may run."""


class Session:
    """One transaction. `path` is for the sentences of its errors."""

    def __init__(self, connection: sa.Connection, statements: Statements, path: Path) -> None:
        self._connection = connection
        self._statements = statements
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
        return set(self._connection.scalars(metadata.which_have_rows(tables, preparer)))

    def rows(self, table: str, memo: dict[str | None, str | None]) -> list[Values]:
        """A whole table in database order; equal texts are one object."""
        query = metadata.select_rows(table)
        try:
            return list(self._read(query, memo))
        except sa.exc.OperationalError as error:
            if hasattr(error.orig, "sqlite_errorcode"):
                raise
        with self._any_bytes():  # the driver, not SQLite, gave up: text that is not UTF-8
            return list(self._read(query, memo))

    def last_rows(self, table: str, last: int | None) -> list[Values]:
        """Rows of a log, oldest first; only the `last` ones when that is a number."""
        with self._any_bytes():
            return list(self._read(metadata.select_last(table, last), {}))[::-1]

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
        table, is_loose, statements = steps.layout.table.name, steps.layout.has_null_key, self._statements
        for whole, olds in _runs(steps.deleted, is_loose):
            self._execute(statements.delete(Target(table, whole)), olds)
        for whole, pairs in _runs(steps.updated, lambda pair: is_loose(pair[0])):
            self._execute(statements.update(Target(table, whole)), [old + new for old, new in pairs])
        for _, rows in _runs(steps.inserted, bool):
            self._execute(statements.insert(table), rows)

    def _append(self, changes: Sequence[Append]) -> None:
        """Add rows, all to one log."""
        layout = LAYOUTS[changes[0].table]
        for numbered, run in _runs(changes, lambda change: layout.columns[0] in change.values):
            rows = [tuple(map(change.values.get, layout.columns)) for change in run]
            self._execute(self._statements.insert(layout.table.name, numbered=numbered), rows)

    def _delete(self, changes: Sequence[Delete]) -> None:
        """Remove rows, all from one log."""
        for change in changes:
            self._connection.execute(metadata.delete_where(change.table, change.where))

    def _execute(self, statement: Statement, rows: Sequence[Values]) -> None:
        self._connection.exec_driver_sql(statement.sql, list(map(statement.pick, rows)))

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


def _runs(items: Sequence[T], kind: Callable[[T], bool]) -> Iterator[tuple[bool, list[T]]]:
    """The items in order, in pieces of one kind that are small enough for one step."""
    for start in range(0, len(items), _CHUNK):
        for is_kind, run in groupby(items[start : start + _CHUNK], key=kind):
            yield is_kind, list(run)
