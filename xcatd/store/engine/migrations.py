"""Bring a database to the schema: make what is missing, drop nothing.

An existing database of xCAT 2, or of another version of this program, may have more tables and columns. They stay.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from xcatd.store.engine import sqlite
from xcatd.store.engine.metadata import OWN, REVISIONS, Catalogue
from xcatd.store.schema import Schema, Table


def is_current(connection: sa.Connection, schema: Schema) -> bool:
    """Whether `migrate` would find nothing to do. Needs no write lock, which another daemon may hold."""
    columns = sqlite.columns(connection)
    if not columns.keys() >= OWN.tables.keys() or any(_lacking(columns, table) for table in schema.tables.values()):
        return False
    counted = _counted(schema)
    counting = {trigger for name in counted for trigger, _ in sqlite.trigger_statements(name)}
    return counting <= sqlite.triggers(connection) and _known(connection).issuperset(counted)


def migrate(connection: sa.Connection, catalogue: Catalogue) -> None:
    """Make the missing tables, columns and triggers. The caller's transaction makes it all or nothing."""
    columns = sqlite.columns(connection)
    for own in OWN.tables.values():
        if own.name not in columns:
            own.create(connection, checkfirst=False)
    for name, table in catalogue.schema.tables.items():
        if name not in columns:
            connection.execute(CreateTable(catalogue.tables[name]))
        else:
            _add_columns(connection, catalogue.tables[name], _lacking(columns, table))
    _count_changes(connection, catalogue.schema)


def _lacking(columns: Mapping[str, set[str]], table: Table) -> list[str]:
    """The columns that the schema has and the database has not; all of them when the table does not exist."""
    existing = columns.get(table.name, set())
    return [column for column in table.column_names if column not in existing]


def _add_columns(connection: sa.Connection, table: sa.Table, names: list[str]) -> None:
    """Added columns may be NULL, whatever the schema says: the rows that exist have nothing else."""
    preparer = connection.dialect.identifier_preparer
    for name in names:
        column = table.c[name]
        kind = column.type.compile(connection.dialect)
        connection.exec_driver_sql(
            f"ALTER TABLE {preparer.format_table(table)} ADD COLUMN {preparer.format_column(column)} {kind}"
        )


def _counted(schema: Schema) -> list[str]:
    """Tables whose changes are counted: all but the logs, which no snapshot holds."""
    return [name for name, table in schema.tables.items() if not table.log]


def _known(connection: sa.Connection) -> set[str]:
    """The tables that have a count."""
    return set(connection.scalars(sa.select(REVISIONS.c.name)))


def _count_changes(connection: sa.Connection, schema: Schema) -> None:
    """A table whose triggers were missing may have been changed unseen: that counts as a change."""
    existing, known, counted = sqlite.triggers(connection), _known(connection), _counted(schema)
    for name in counted:
        missing = [text for trigger, text in sqlite.trigger_statements(name) if trigger not in existing]
        for text in missing:
            connection.exec_driver_sql(text)
        if missing and name in known:
            bumped = REVISIONS.update().where(REVISIONS.c.name == name).values(revision=REVISIONS.c.revision + 1)
            connection.execute(bumped)
    unknown = [{"name": name, "revision": 1} for name in counted if name not in known]
    if unknown:
        connection.execute(REVISIONS.insert(), unknown)
