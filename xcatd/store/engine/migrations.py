"""Bring a database to the schema: make what is missing, drop nothing.

An existing database of xCAT 2, or of another version of this program, may have more tables and columns. They stay. What
this program has for itself, tables whose names begin with `xcatd_` and triggers, has versions, and a way forward and back
between each of them and the next (versions.py).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from xcatd.errors import StoreError, UsageError
from xcatd.store.engine.dialect import Dialect
from xcatd.store.engine.metadata import OWN, REVISIONS, Catalogue
from xcatd.store.engine.versions import NEWEST, STEPS, find_version, remember
from xcatd.store.schema import Schema, Table

_log = logging.getLogger(__name__)


def is_current(connection: sa.Connection, dialect: Dialect, schema: Schema) -> bool:
    """Whether `migrate` would find nothing to do. Needs no write lock, which another daemon may hold. Raises StoreError for
    a database that is too new."""
    columns = dialect.columns(connection)
    version = find_version(connection, columns)
    if version > NEWEST:
        raise _too_new(dialect, version)
    if version != NEWEST or any(_lacking(columns, table) for table in schema.tables.values()):
        return False
    if dialect.repairs(connection, schema.tables):
        return False
    counted = _counted(schema)
    counting = {trigger for table in counted for trigger, _ in dialect.counting(table.name, table.keys)}
    return counting <= dialect.triggers(connection) and _known(connection) >= {table.name for table in counted}


def migrate(connection: sa.Connection, dialect: Dialect, catalogue: Catalogue) -> None:
    """Make the missing tables, columns and triggers. The caller's transaction makes it all or nothing, where the database
    can; else what was made is found there the next time."""
    go_to(connection, dialect, catalogue)
    for statement, told in dialect.repairs(connection, catalogue.schema.tables).items():
        connection.exec_driver_sql(statement)
        _log.info("%s: %s", dialect.name, told)
    columns = dialect.columns(connection)
    for name, table in catalogue.schema.tables.items():
        if name not in columns:
            connection.execute(CreateTable(catalogue.tables[name]))
        else:
            _add_columns(connection, catalogue.tables[name], _lacking(columns, table))
    _count_changes(connection, dialect, catalogue.schema)


def go_to(connection: sa.Connection, dialect: Dialect, catalogue: Catalogue, version: int = NEWEST) -> tuple[int, int]:
    """Take this program's own tables to a version, step by step; gives the version before and after. Back from version 1
    nothing of them is left, as xCAT 2 has it. Raises UsageError and StoreError."""
    if not 0 <= version <= NEWEST:
        raise UsageError(f"There is no version {version} of the schema: name one from 0 (as xCAT 2 has it) to {NEWEST}")
    columns = dialect.columns(connection)
    before = now = find_version(connection, columns)
    if now > NEWEST:
        raise _too_new(dialect, now)
    if now > version:
        _forget_triggers(connection, dialect, catalogue.schema)
    while now < version:
        STEPS[now].forward(connection, dialect, columns)
        now += 1
    while now > version:
        now -= 1
        STEPS[now].back(connection, dialect, columns)
    remember(connection, version)
    return before, version


def _too_new(dialect: Dialect, version: int) -> StoreError:
    return StoreError(
        f"The database {dialect.name} has version {version} of the schema, and this xcatd knows versions up to {NEWEST}: "
        f"install the newer xcatd, or go back with it: xcatd migrate --to {NEWEST}"
    )


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


def _counted(schema: Schema) -> list[Table]:
    """Tables whose changes are counted: all but the logs, which no snapshot holds."""
    return [table for table in schema.tables.values() if not table.log]


def _known(connection: sa.Connection) -> set[str]:
    """The tables that have a count."""
    return set(connection.scalars(sa.select(REVISIONS.c.name)))


def _count_changes(connection: sa.Connection, dialect: Dialect, schema: Schema) -> None:
    """A table whose triggers were missing may have been changed unseen: that counts as a change."""
    for text in dialect.helpers():
        connection.exec_driver_sql(text)
    existing, known, counted = dialect.triggers(connection), _known(connection), _counted(schema)
    for table in counted:
        texts = [text for trigger, text in dialect.counting(table.name, table.keys) if trigger not in existing]
        for text in texts:
            connection.exec_driver_sql(text)
        if texts and table.name in known:
            bumped = REVISIONS.update().where(REVISIONS.c.name == table.name)
            connection.execute(bumped.values(revision=REVISIONS.c.revision + 1))
    unknown = [{"name": table.name, "revision": 1} for table in counted if table.name not in known]
    if unknown:
        connection.execute(REVISIONS.insert(), unknown)


def _forget_triggers(connection: sa.Connection, dialect: Dialect, schema: Schema) -> None:
    existing = dialect.triggers(connection)
    for table in _counted(schema):
        for trigger, _ in dialect.counting(table.name, table.keys):
            if trigger in existing:
                connection.exec_driver_sql(dialect.uncounting(table.name, trigger))
    for text in dialect.unhelpers():
        connection.exec_driver_sql(text)


__all__ = ["NEWEST", "OWN", "go_to", "is_current", "migrate"]
