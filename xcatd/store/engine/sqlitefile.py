"""A database file of SQLite: making it, seeing that it is sound, and what SQLite's errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xcatd.errors import StoreError

_MAGIC: Final = b"SQLite format 3\0"
"""The first 16 bytes of every database that is not empty (SQLite file format, section 1.3)."""
_HAS_LOG: Final = b"\x02\x02"
"""The bytes 18 and 19 of one that has a write-ahead log."""

_MEANINGS: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another program: end that program or try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program: end that program or try again",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: make room and try again",
    sqlite3.SQLITE_READONLY: "cannot be written: check the rights of the file and of its directory",
    sqlite3.SQLITE_PERM: "cannot be written: check the rights of the file and of its directory",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its directory exists and may be written",
    sqlite3.SQLITE_CORRUPT: "is damaged: put a backup in its place",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database: move it away or name another file",
    sqlite3.SQLITE_IOERR_SHMSIZE: "cannot be opened, the disk is full: make room and try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports an error: check the disk and the system log",
}


def explain(path: Path, error: BaseException | None) -> StoreError:
    """An error of SQLite as a sentence. The kind of error is told by its code, never by its text."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    meaning = _MEANINGS.get(code) or _MEANINGS.get(code & 0xFF) or f"refuses: {error}"
    return StoreError(f"The database {path} {meaning}")


def prepare_file(path: Path, patience: float, tables: Collection[str]) -> None:
    """See that the file is a sound database, or make an empty one that only its owner may read, and switch on its
    write-ahead log. Blocks; `patience` is how many seconds to wait for a lock. StoreError leaves the file as it was.

    Only `tables` are looked at, those that will be read, and only where they have rows: an audit log of gigabytes must not
    hold up the start.
    """
    try:
        if not _make(path):
            _see_that_it_is_sound(path, patience, tables)
        if not _has_log(path):
            with closing(sqlite3.connect(path, timeout=patience)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise explain(path, error) from None
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be opened ({error.strerror}): check the file, its directory and their rights"
        ) from None


def _make(path: Path) -> bool:
    """Make an empty file where there is none."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def _has_log(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(20)[18:] == _HAS_LOG


def _see_that_it_is_sound(path: Path, patience: float, tables: Collection[str]) -> None:
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start and start != _MAGIC:
        raise StoreError(f"The file {path} is not an SQLite database: move it away or name another file")
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=patience)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name in names.intersection(tables):
            _check_table(connection, path, name)


def _check_table(connection: sqlite3.Connection, path: Path, name: str) -> None:
    try:
        if connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is None:  # noqa: S608 - a name of the schema
            return
        (verdict,) = connection.execute(f'PRAGMA quick_check("{name}")').fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        verdict = ""
    if verdict != "ok":
        raise StoreError(f"The database {path} is damaged in table {name}: put a backup in its place")
