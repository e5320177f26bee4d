"""Reading a database without changing it: no table is made, no trigger, no file. For diagnosis, with or without a daemon."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from xcatd.errors import NotFound, StoreError
from xcatd.store.catchup import MOVED
from xcatd.store.location import Location
from xcatd.store.row import Values
from xcatd.store.schema import STANDARD, Schema, Table
from xcatd.store.snapshot import Snapshot, TableData

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds to wait for a lock."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a database holds.

    `missing`: the tables, and `table.column`, that the schema has and the database has not yet. `uncounted`: tables that are
    there and whose changes nobody counts, so that daemons do not see them. `version`: of what xcatd has there for itself,
    0 in a database of xCAT 2; `newest`: the newest that this program knows. `moved`: the tables are in another database now.
    `program`: what holds it, with its version. `tls`: the version of TLS towards it, "" without.
    """

    snapshot: Snapshot
    missing: tuple[str, ...]
    uncounted: tuple[str, ...] = ()
    version: int = 0
    newest: int = 0
    moved: bool = False
    program: str = ""
    tls: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What xcatd has put into a database: its counts, and the names of the triggers that are there and that should be."""

    counts: Mapping[str, int]
    triggers: Collection[str]
    wanted: Callable[[Table], Sequence[str]]


def look_at(
    place: Location | Path,
    schema: Schema = STANDARD,
    *,
    patience: float = _PATIENCE,
    tables: Collection[str] | None = None,
) -> Looked:
    """All tables but the logs, or those of `tables`, in one transaction that reads. Blocks; not where a loop runs.
    `patience` is how many seconds to wait for a lock.

    StoreError: there is no such database, or it cannot be reached or read, or is damaged. ConfigError: a file that cfgloc
    names for TLS cannot be used.
    """
    location = _location(place)
    if location.is_file:
        return _look_at_file(location.path, schema, patience, tables)
    from xcatd.store.engine.looking import look  # SQLAlchemy is loaded with it

    return _run(look(location, schema, patience, tables))


def last_records(
    place: Location | Path, table: str, last: int, schema: Schema = STANDARD, *, patience: float = _PATIENCE
) -> list[Values]:
    """The last records of a log, oldest first, with the columns of the schema. Raises as `look_at`, and NotFound for a
    table that is no log."""
    if table not in schema.tables or not schema.tables[table].log:
        raise NotFound(f"No such log: {table}")
    location = _location(place)
    if location.is_file:
        return _last_of_file(location.path, schema.tables[table], last, patience)
    from xcatd.store.engine.looking import records

    return _run(records(location, schema.tables[table], last, schema, patience))


def uncounted(schema: Schema, columns: Collection[str], marks: Marks) -> tuple[str, ...]:
    """The tables among `columns` that lack a trigger or a count."""
    return tuple(
        name
        for name, table in schema.tables.items()
        if not table.log
        and name in columns
        and not (name in marks.counts and set(marks.wanted(table)) <= set(marks.triggers))
    )


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own. Drivers close connections by TLS, above all those that were refused, only in the next turns
    of the loop, of which there are none: what is left of them is cut off."""
    with asyncio.Runner() as runner:
        try:
            return runner.run(work)
        finally:
            for transport in list(getattr(runner.get_loop(), "_transports", {}).values()):
                transport.abort()
            runner.run(asyncio.sleep(0))


def _location(place: Location | Path) -> Location:
    return Location.of_file(place) if isinstance(place, Path) else place


def _look_at_file(path: Path, schema: Schema, patience: float, tables: Collection[str] | None) -> Looked:
    from xcatd.store.engine.versions import NEWEST, VERSION

    data: dict[str, TableData] = {}
    missing: list[str] = []
    with _opened(path, patience) as connection:
        there, marks = _columns(connection), _marks(connection)
        for name, table in schema.tables.items():
            columns = [column for column in table.column_names if column in there.get(name, ())]
            if not columns:
                missing.append(name)
                continue
            missing += [f"{name}.{column}" for column in table.column_names if column not in columns]
            if not table.log and (tables is None or name in tables):
                data[name] = columns, _rows(connection, path, name, columns)
    return Looked(
        Snapshot.from_tables(data, schema=schema),
        tuple(missing),
        uncounted(schema, there, marks),
        version=marks.counts.get(VERSION, 1) if marks.counts else 0,
        newest=NEWEST,
        moved=MOVED in marks.counts,
        program=f"SQLite {sqlite3.sqlite_version}",
    )


def _last_of_file(path: Path, table: Table, last: int, patience: float) -> list[Values]:
    with _opened(path, patience) as connection:
        there = _columns(connection).get(table.name, ())
        if not there:
            return []
        shown = ", ".join(_text(name) if name in there else "NULL" for name in table.column_names)
        newest = f'SELECT {shown} FROM "{table.name}" ORDER BY rowid DESC LIMIT {int(last)}'  # noqa: S608 - names of the schema
        return connection.execute(newest).fetchall()[::-1]


@contextmanager
def _opened(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    from xcatd.store.engine.sqlitefile import explain  # SQLAlchemy is loaded with it

    if not path.is_file():
        raise StoreError(f"There is no database {path}: make it with `xcatconfig -d`, or put a backup there")
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=patience, isolation_level=None)
        ) as connection:
            connection.text_factory = lambda text: text.decode(errors="replace")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise explain(path, error) from None


def _columns(connection: sqlite3.Connection) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    query = "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    for table, column in connection.execute(query):
        found.setdefault(table, set()).add(column)
    return found


def _marks(connection: sqlite3.Connection) -> Marks:
    from xcatd.store.engine.metadata import REVISIONS

    names = {
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")
    }
    query = f"SELECT name, revision FROM {REVISIONS.name}"  # noqa: S608 - a name of ours
    counts = dict(connection.execute(query)) if REVISIONS.name in names else {}
    return Marks(
        counts, names, lambda table: [f"xcatd_{table.name}_{event}" for event in ("insert", "update", "delete")]
    )


def _rows(connection: sqlite3.Connection, path: Path, table: str, columns: list[str]) -> list[Values]:
    (verdict,) = connection.execute(f'PRAGMA quick_check("{table}")').fetchone()
    if verdict != "ok":
        raise StoreError(f"The database {path} is damaged in table {table}: put a backup in its place")
    return connection.execute(f'SELECT {", ".join(map(_text, columns))} FROM "{table}"').fetchall()  # noqa: S608


def _text(column: str) -> str:
    """A column as text: a foreign program may have stored a number."""
    return f'CAST("{column}" AS TEXT)'
