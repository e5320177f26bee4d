"""SQLite's errors become sentences that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.store.conftest import Sql
from xcatd.errors import StoreError
from xcatd.store import Put, SqlStore, open_store
from xcatd.store.engine.sqlitefile import explain


def full(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA max_page_count=1")
        connection.execute("CREATE TABLE large AS SELECT zeroblob(1000000)")


def locked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as two:
        one.execute("BEGIN IMMEDIATE")
        two.execute("BEGIN IMMEDIATE")


def read_only(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.execute("DELETE FROM site")


def missing(path: Path) -> None:
    sqlite3.connect(path / "no" / "file")


def refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO litetree (priority) VALUES ('1')")


@pytest.mark.parametrize(
    ("fail", "sentence"),
    [
        (full, "cannot grow, the disk is full: make room and try again"),
        (locked, "is locked by another program: end that program or try again"),
        (read_only, "cannot be written: check the rights of the file and of its directory"),
        (missing, "cannot be opened: check that its directory exists and may be written"),
        (refused, "refuses: NOT NULL constraint failed: litetree.directory"),
    ],
)
def test_what_an_error_means(path: Path, fail: Callable[[Path], None], sentence: str) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        fail(path)
    assert str(explain(path, caught.value)) == f"The database {path} {sentence}"


async def test_a_full_disk_fails_the_write_and_keeps_the_rest(store: SqlStore, path: Path, sql: Sql) -> None:
    """A limit on the size of the file stands for the end of the disk: SQLite reports both in the same way."""
    await store.write([Put("site", {"key": "master"}, {"value": "10.0.0.1"})], author="root")
    ((pages,),) = sql("PRAGMA page_count")
    await store._database.read(lambda session: session._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
    nodes = [Put("nodelist", {"node": f"cn{number}"}, {"comments": "x" * 500}) for number in range(200)]
    with pytest.raises(StoreError, match="the disk is full"):
        await store.write(nodes, author="root")
    assert len(store.snapshot.table("nodelist").rows) == 0
    assert sql("SELECT count(*) FROM nodelist") == [(0,)]
    await store.write([Put("site", {"key": "master"}, {"value": "10.0.0.2"})], author="root")
    again = await open_store(path)
    assert again.snapshot.site("master") == "10.0.0.2"
    await again.close()
