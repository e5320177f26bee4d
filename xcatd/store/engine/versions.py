"""The versions of what this program has in a database for itself, and the way between each and the next.

    0   nothing: a database of xCAT 2, or an empty one
    1   counts of the changes of each table, and the history
    2   notes of which rows were changed, the numbers of writers; the version itself is written down

To change something here, add a version; never alter one that was released. Triggers belong to the newest version and are
made by migrations.py; a step forward drops what an older version had under their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from xcatd.store.engine.dialect import Dialect
from xcatd.store.engine.journal import CHANGES
from xcatd.store.engine.metadata import REVISIONS, WRITERS
from xcatd.store.engine.records import ENTRIES, PACKED

VERSION: Final = "@schema"
"""The row among the revisions that has the version."""

Columns = Mapping[str, set[str]]
Work = Callable[[sa.Connection, Dialect, Columns], None]


@dataclass(frozen=True, slots=True)
class Step:
    """From a version to the next, and back. What is there already, after a step that was cut off, is left alone."""

    forward: Work
    back: Work


def find_version(connection: sa.Connection, columns: Columns) -> int:
    """The version of a database; `columns` are those that it has."""
    if REVISIONS.name not in columns:
        return 0
    version: int | None = connection.scalar(sa.select(REVISIONS.c.revision).where(REVISIONS.c.name == VERSION))
    return 1 if version is None else version


def remember(connection: sa.Connection, version: int) -> None:
    """Write a version down, from the one on that does so."""
    if version == 0:
        return
    connection.execute(REVISIONS.delete().where(REVISIONS.c.name == VERSION))
    if version >= 2:
        connection.execute(REVISIONS.insert().values(name=VERSION, revision=version))


def _make(*tables: sa.Table) -> Work:
    def work(connection: sa.Connection, dialect: Dialect, columns: Columns) -> None:
        for table in tables:
            if table.name not in columns:
                table.create(connection, checkfirst=False)

    return work


def _drop(*tables: sa.Table) -> Work:
    def work(connection: sa.Connection, dialect: Dialect, columns: Columns) -> None:
        for table in tables:
            table.drop(connection, checkfirst=True)

    return work


def _second(connection: sa.Connection, dialect: Dialect, columns: Columns) -> None:
    """The triggers of version 1 count rows and note nothing."""
    for trigger in sorted(dialect.triggers(connection)):
        if trigger.startswith("xcatd_"):
            table = trigger.removeprefix("xcatd_").rpartition("_")[0]
            connection.exec_driver_sql(dialect.uncounting(table, trigger))
    _make(CHANGES, WRITERS)(connection, dialect, columns)


STEPS: Final = (
    Step(_make(REVISIONS, ENTRIES, PACKED), _drop(PACKED, ENTRIES, REVISIONS)),
    Step(_second, _drop(WRITERS, CHANGES)),
)
NEWEST: Final = len(STEPS)
