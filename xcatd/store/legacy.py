"""A database of xCAT 2 in SQLite, which has a file for each table, made into the one file that this program works with.

Tables come with their definitions, so that columns and tables that the schema does not know are there too, and with their
cells as they are. The new file gets its name when all is in it; the old ones are only read.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xcatd.errors import StoreError
from xcatd.store.location import FILE

_JOURNAL: Final = "-journal"
"""Ends the name of what SQLite leaves beside a file whose writer was killed."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was carried into the file at `path`: all `rows` of so many `tables`, logs among them."""

    path: Path
    tables: int
    rows: int

    def __str__(self) -> str:
        return (
            f"took over {self.rows} rows of {self.tables} tables from xCAT's files in {self.path.parent} into {self.path}; "
            "those files stay as they are, and are not used any more"
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """A file of xCAT. `tables`: the statements that make them, by name; `others`: those that make the rest of a table, its
    indexes and triggers, by its name."""

    path: Path
    tables: Mapping[str, str]
    others: Sequence[tuple[str, str]]


def take_over(path: Path, known: Collection[str], patience: float) -> TakenOver | None:
    """Make the database at `path` of xCAT's files in its folder; None where there is one, or no such files. Blocks.

    `known`: names of tables, of which one must be there for a folder to count as xCAT's. `patience`: seconds to wait for
    others who write into a file. StoreError names the file that cannot be read or is damaged; then nothing is made.
    """
    if path.name != FILE or path.exists() or not (files := _files(path, known)):
        return None
    try:
        with _alone_in(path.parent), ExitStack() as stack:
            if path.exists():
                return None
            return _made(path, [stack.enter_context(_opened(file, patience)) for file in files])
    except OSError as error:
        raise StoreError(
            f"xCAT's files in {path.parent} cannot be taken over ({error.filename}: {error.strerror}): check that folder"
        ) from error


def _files(path: Path, known: Collection[str]) -> list[Path]:
    """The files of SQLite in a folder; none when no table is among them, or there is no such folder."""
    files = sorted(file for file in path.parent.glob("*.sqlite") if file.name != path.name)
    return files if any(file.stem in known for file in files) else []


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Another program that takes over the same folder waits meanwhile."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _opened(file: Path, patience: float) -> Iterator[_Source]:
    """A file that is sound and that nobody can write to meanwhile: so all files are of one moment."""
    from xcatd.store.engine.sqlitefile import explain  # SQLAlchemy is loaded with it

    try:
        with closing(sqlite3.connect(_uri(file), uri=True, timeout=patience, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            source = _look(file, connection)
            yield source
    except sqlite3.Error as error:
        if file.with_name(file.name + _JOURNAL).exists():
            raise StoreError(
                f"A program that wrote to {file} was killed, and nothing was taken over: let SQLite mend it with "
                f"`sqlite3 {file} .tables`, and try again"
            ) from None
        raise StoreError(f"{explain(file, error)}; nothing was taken over") from None


def _look(file: Path, connection: sqlite3.Connection) -> _Source:
    tables: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    made = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    for kind, name, table, sql in connection.execute(made):
        if kind == "table":
            tables[name] = sql
        else:
            others.append((table, sql))
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(f"The database {file} is damaged: put a backup in its place; nothing was taken over")
    return _Source(file, tables, others)


def _uri(file: Path) -> str:
    return f"file:{quote(str(file))}?mode=ro"


def _homes(sources: Sequence[_Source]) -> dict[str, _Source]:
    """The file that each table comes from: the one that is called after it; copies of it in other files do not count."""
    found: dict[str, list[_Source]] = {}
    for source in sources:
        for name in source.tables:
            found.setdefault(name, []).append(source)
    homes: dict[str, _Source] = {}
    for name, places in found.items():
        own = [source for source in places if source.path.stem == name] or places
        if len(own) > 1:
            raise StoreError(
                f"Table {name} is in {own[0].path} and in {own[1].path}, and nothing was taken over: move one of them away"
            )
        homes[name] = own[0]
    return homes


def _made(path: Path, sources: Sequence[_Source]) -> TakenOver:
    """The new file, first under another name, which it has when this ends on the way."""
    from xcatd.store.engine.sqlitefile import explain

    homes, new = _homes(sources), path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(new))}", uri=True, isolation_level=None)) as target:
            target.execute("PRAGMA journal_mode=OFF")
            rows = sum(_carried(target, source, homes) for source in sources)
        os.fsync(handle)
        os.link(new, path)
    except sqlite3.Error as error:
        raise StoreError(f"{explain(path, error)}; nothing was taken over") from None
    finally:
        os.close(handle)
        new.unlink()
    return TakenOver(path, len(homes), rows)


def _carried(target: sqlite3.Connection, source: _Source, homes: Mapping[str, _Source]) -> int:
    """Copy what is at home in a file; gives the number of rows."""
    own = [name for name in source.tables if homes[name] is source]
    if not own:
        return 0
    rows = 0
    target.execute("ATTACH ? AS old", (_uri(source.path),))
    target.execute("BEGIN")
    for name in own:
        target.execute(source.tables[name])
        rows += target.execute(f"INSERT INTO main.{_quoted(name)} SELECT * FROM old.{_quoted(name)}").rowcount  # noqa: S608
    _go_on_counting(target, own)
    for table, sql in source.others:
        if table in own or table not in homes:
            target.execute(sql)
    target.execute("COMMIT")
    target.execute("DETACH old")
    return rows


def _go_on_counting(target: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Numbers of records that were removed are not given again."""
    if not target.execute("SELECT 1 FROM old.sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        return
    for name, last in target.execute("SELECT name, seq FROM old.sqlite_sequence").fetchall():
        if name in tables:
            target.execute("DELETE FROM main.sqlite_sequence WHERE name = ?", (name,))
            target.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
