"""Files of SQLite read as tables: those of xCAT 2, which has one for each table, and a copy of a whole database."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = "xcat.sqlite"
"""The name of a file that has all tables."""
_OURS = "xcatd_"
"""Begins the names of tables that the daemon has for itself."""
_MAGIC = b"SQLite format 3\0"
_ROWS = 500
"""Rows that are read at one time."""


def is_sqlite(path: Path) -> bool:
    """Whether a file is a database of SQLite. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def tables_in(path: Path) -> list[str]:
    """The tables of a file, but for those that programs have for themselves. Raises Trouble."""
    return [name for name in _names(path) if not name.startswith((_OURS, "sqlite_"))]


def csv_pieces(path: Path, table: str) -> Iterator[str]:
    """A table in the form of tabdump, in pieces; nothing when the file has no such table. Raises Trouble."""
    if table not in _names(path):
        return
    with _opened(path) as connection:
        columns = [name for (name,) in _asked(path, connection, "SELECT name FROM pragma_table_info(?)", table)]
        yield f"#{','.join(columns)}\n"
        shown = ", ".join(f"CAST({_quoted(column)} AS TEXT)" for column in columns)
        rows = _asked(path, connection, f"SELECT {shown} FROM {_quoted(table)}")  # noqa: S608 - names of the file itself
        while some := _some(path, rows):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(some)
            yield text.getvalue()


def _names(path: Path) -> list[str]:
    with _opened(path) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        return [name for (name,) in _asked(path, connection, query)]


def _opened(path: Path) -> closing[sqlite3.Connection]:
    """A connection that only reads. Text that is not UTF-8 has lone surrogates."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise _trouble(path, error) from error
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    return closing(connection)


def _asked(path: Path, connection: sqlite3.Connection, query: str, *values: str) -> sqlite3.Cursor:
    try:
        return connection.execute(query, values)
    except sqlite3.Error as error:
        raise _trouble(path, error) from error


def _some(path: Path, rows: sqlite3.Cursor) -> list[tuple[str | None, ...]]:
    try:
        return rows.fetchmany(_ROWS)
    except sqlite3.Error as error:
        raise _trouble(path, error) from error


def _trouble(path: Path, error: sqlite3.Error) -> Trouble:
    return Trouble(
        f"Cannot read {path} ({error}): put another copy in its place, or move it away. Nothing is restored."
    )


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
