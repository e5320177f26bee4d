"""Reading a database file without changing it: no table is made, no trigger, no file. For diagnosis, with or without a
daemon."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from xcatd.errors import NotFound, StoreError
from xcatd.store.row import Values
from xcatd.store.schema import STANDARD, Schema
from xcatd.store.snapshot import Snapshot, TableData


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file holds. `missing`: the tables, and `table.column`, that the schema has and the file has not yet."""

    snapshot: Snapshot
    missing: tuple[str, ...]


def look_at(path: Path, schema: Schema = STANDARD, *, patience: float = 5.0) -> Looked:
    """All tables but the logs. Blocks; `patience` is how many seconds to wait for a lock.

    StoreError: there is no such file, or it cannot be read, or is damaged.
    """
    data: dict[str, TableData] = {}
    missing: list[str] = []
    with _opened(path, patience) as connection:
        there = _columns(connection)
        for name, table in schema.tables.items():
            columns = [column for column in table.column_names if column in there.get(name, ())]
            if not columns:
                missing.append(name)
                continue
            missing += [f"{name}.{column}" for column in table.column_names if column not in columns]
            if not table.log:
                data[name] = columns, _rows(connection, path, name, columns)
    return Looked(Snapshot.from_tables(data, schema=schema), tuple(missing))


def last_records(
    path: Path, table: str, last: int, schema: Schema = STANDARD, *, patience: float = 5.0
) -> list[Values]:
    """The last records of a log, oldest first, with the columns of the schema. Raises StoreError, and NotFound for a table
    that is no log."""
    if table not in schema.tables or not schema.tables[table].log:
        raise NotFound(f"No such log: {table}")
    names = schema.tables[table].column_names
    with _opened(path, patience) as connection:
        there = _columns(connection).get(table, ())
        if not there:
            return []
        shown = ", ".join(_text(name) if name in there else "NULL" for name in names)
        newest = f'SELECT {shown} FROM "{table}" ORDER BY rowid DESC LIMIT {int(last)}'  # noqa: S608 - names of the schema
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


def _rows(connection: sqlite3.Connection, path: Path, table: str, columns: list[str]) -> list[Values]:
    (verdict,) = connection.execute(f'PRAGMA quick_check("{table}")').fetchone()
    if verdict != "ok":
        raise StoreError(f"The database {path} is damaged in table {table}: put a backup in its place")
    return connection.execute(f'SELECT {", ".join(map(_text, columns))} FROM "{table}"').fetchall()  # noqa: S608


def _text(column: str) -> str:
    """A column as text: a foreign program may have stored a number."""
    return f'CAST("{column}" AS TEXT)'
