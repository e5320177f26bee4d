"""Bring a database to the schema: make what is missing, drop nothing.

An existing database of xCAT 2, or of another version of this program, may have more tables and columns. They stay.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from xcatd.store.engine import sqlite
from xcatd.store.engine.metadata import REVISIONS, SQL_TABLES
from xcatd.store.schema import TABLES


def is_current(connection: sa.Connection) -> bool:
    """Whether `migrate` would find nothing to do. Needs no write lock, which another daemon may hold."""
    columns = sqlite.columns(connection)
    if REVISIONS.name not in columns or any(_lacking(columns, name) for name in TABLES):
        return False
    counting = {trigger for name in _counted() for trigger, _ in sqlite.trigger_statements(name)}
    return counting <= sqlite.triggers(connection) and _known(connection).issuperset(_counted())


def migrate(connection: sa.Connection) -> None:
    """Make the missing tables, columns and triggers. The caller's transaction makes it all or nothing."""
    columns = sqlite.columns(connection)
    if REVISIONS.name not in columns:
        connection.execute(CreateTable(REVISIONS))
    for name in TABLES:
        if name not in columns:
            connection.execute(CreateTable(SQL_TABLES[name]))
        else:
            _add_columns(connection, name, _lacking(columns, name))
    _count_changes(connection)


def _lacking(columns: Mapping[str, set[str]], table: str) -> list[str]:
    """The columns that the schema has and the database has not; all of them when the table does not exist."""
    existing = columns.get(table, set())
    return [column for column in TABLES[table].column_names if column not in existing]


def _add_columns(connection: sa.Connection, table: str, names: list[str]) -> None:
    """Added columns may be NULL, whatever the schema says: the rows that exist have nothing else."""
    preparer = connection.dialect.identifier_preparer
    for name in names:
        column = SQL_TABLES[table].c[name]
        kind = column.type.compile(connection.dialect)
        connection.exec_driver_sql(
            f"ALTER TABLE {preparer.format_table(SQL_TABLES[table])} ADD COLUMN {preparer.format_column(column)} {kind}"
        )


def _counted() -> list[str]:
    """Tables whose changes are counted: all but the logs, which no snapshot holds."""
    return [name for name, table in TABLES.items() if not table.log]


def _known(connection: sa.Connection) -> set[str]:
    """The tables that have a count."""
    return set(connection.scalars(sa.select(REVISIONS.c.name)))


def _count_changes(connection: sa.Connection) -> None:
    """A table whose triggers were missing may have been changed unseen: that counts as a change."""
    existing, known = sqlite.triggers(connection), _known(connection)
    for name in _counted():
        missing = [text for trigger, text in sqlite.trigger_statements(name) if trigger not in existing]
        for text in missing:
            connection.exec_driver_sql(text)
        if missing and name in known:
            bumped = REVISIONS.update().where(REVISIONS.c.name == name).values(revision=REVISIONS.c.revision + 1)
            connection.execute(bumped)
    unknown = [{"name": name, "revision": 1} for name in _counted() if name not in known]
    if unknown:
        connection.execute(REVISIONS.insert(), unknown)
