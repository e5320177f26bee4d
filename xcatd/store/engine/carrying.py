"""Carrying a whole database into another one, table by table, in the transactions of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from xcatd.errors import StoreError
from xcatd.store.catchup import EPOCH, MOVED
from xcatd.store.engine.database import Held
from xcatd.store.engine.metadata import WRITERS
from xcatd.store.engine.records import ENTRIES, PACKED
from xcatd.store.engine.session import Session
from xcatd.store.engine.versions import VERSION
from xcatd.store.row import Values
from xcatd.store.schema import Schema, Table

_AT_ONCE: Final = 5000
"""Rows on the way at one time."""
_STAYS: Final = (EPOCH, MOVED, VERSION)
"""What stands beside the counts and belongs to one database only."""


async def carry(source: Held, target: Held, schema: Schema) -> int:
    """Copy every row of the schema's tables, the logs, the history and the marks of writers into an empty database. Gives
    the number of rows in tables and logs. Raises StoreError for rows that the other database cannot have."""
    carried = 0
    with_rows = await source(lambda session: session.filled(schema.tables))
    for name in sorted(with_rows):
        carried += await _carry_table(source, target, schema.tables[name])
    for own in (ENTRIES, PACKED, WRITERS):
        await _carry_own(source, target, own)
    marks = await source(marks_of)
    await target(lambda session: _leave_marks(session, marks))
    return carried


async def _carry_table(source: Held, target: Held, table: Table) -> int:
    rows = await source(
        lambda session: session.last_rows(table.name, None) if table.log else session.rows(table.name, {})
    )
    _see_that_all_is_text(table, rows)
    for piece in _pieces(rows):
        await target(lambda session, piece=piece: session.fill(table.name, piece))  # type: ignore[misc]
    there = await target(lambda session: session.size(table.name))
    if there != len(rows):
        raise StoreError(
            f"Of {len(rows)} rows of table {table.name} only {there} arrived: empty the new database, try again"
        )
    return len(rows)


def _see_that_all_is_text(table: Table, rows: Sequence[Values]) -> None:
    for values in rows:
        try:
            for cell in values:
                if cell is not None and not cell.isascii():
                    cell.encode()
        except UnicodeEncodeError:
            named = ", ".join(f"{key}={values[table.column_names.index(key)]!a}" for key in table.keys)
            raise StoreError(
                f"Row {named} of table {table.name} has text that is not UTF-8: correct it first"
            ) from None


async def _carry_own(source: Held, target: Held, table: sa.Table) -> None:
    after: Sequence[Any] | None = None
    while rows := await source(lambda session, after=after: session.own_rows(table, after, 500)):  # type: ignore[misc]
        await target(lambda session, rows=rows: session.fill_own(table, rows))  # type: ignore[misc]
        after = rows[-1][: len(table.primary_key)]


def marks_of(session: Session) -> list[tuple[str, int]]:
    """What stands beside the counts of the tables, and goes with them."""
    counts = session.revisions()
    return [(name, number) for name, number in counts.items() if name.startswith("@") and name not in _STAYS]


def _leave_marks(session: Session, marks: Sequence[tuple[str, int]]) -> None:
    for name, number in marks:
        session.mark(name, number)


def empty(session: Session, schema: Schema) -> None:
    """Remove all rows of all tables, of the history too."""
    for name in schema.tables:
        session.clear(name)
    for own in (PACKED, ENTRIES, WRITERS):
        session.clear_own(own)
    for name, _ in marks_of(session):
        session.unmark(name)


def _pieces(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
