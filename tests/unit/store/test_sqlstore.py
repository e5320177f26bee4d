"""The store on each kind of database, and what is particular to a file of SQLite."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.store.conftest import Sql
from tests.unit.store.contract import StoreContract, master, node
from tests.unit.store.crowd import CrowdContract
from tests.unit.store.grounds import Ground
from xcatd.errors import StoreError
from xcatd.store import Delete, Put, SqlStore, open_store


class TestOnSqlite(StoreContract, CrowdContract):
    @pytest.fixture
    def ground(self, sqlite_ground: Ground) -> Ground:
        return sqlite_ground


class TestOnPostgres(StoreContract, CrowdContract):
    @pytest.fixture
    def ground(self, postgres_ground: Ground) -> Ground:
        return postgres_ground


class TestOnMariadb(StoreContract, CrowdContract):
    @pytest.fixture
    def ground(self, mariadb_ground: Ground) -> Ground:
        return mariadb_ground


async def test_rows_are_in_the_order_in_which_they_were_stored(store: SqlStore, path: Path) -> None:
    other = await open_store(path)
    for number in (3, 1, 2):
        for each in (store, other):
            await each.write([node(f"cn{number}{each is store}")], author="x")
    await store.refresh()
    names = [f"cn{number}{which}" for number in (3, 1, 2) for which in (True, False)]
    assert list(store.snapshot.table("nodelist").keys()) == list(other.snapshot.table("nodelist").keys()) == names
    assert list(store.snapshot.table("nodelist").rows) == list(other.snapshot.table("nodelist").rows)
    await other.close()


async def test_the_reason_of_a_foreign_trigger_is_told(store: SqlStore, sql: Sql, path: Path) -> None:
    sql("CREATE TRIGGER guard BEFORE INSERT ON nodelist BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(StoreError, match=f"{path} refuses: no room"):
        await store.write([node("cn01")], author="root")


async def test_foreign_rows_with_a_null_key_are_kept_and_changed_one_by_one(store: SqlStore, sql: Sql) -> None:
    for password in ("a", "b"):
        sql("INSERT INTO passwd (key, password) VALUES ('ipmi', ?)", password)
    await store.refresh()
    await store.write([Put("passwd", {"password": "b"}, {"comments": "second"})], author="root")
    assert sql("SELECT password, comments FROM passwd ORDER BY password") == [("a", None), ("b", "second")]
    await store.write([Delete("passwd", {"password": "a"})], author="root")
    assert sql("SELECT key, username, password FROM passwd") == [("ipmi", None, "b")]
    assert [row["password"] for row in store.snapshot.table("passwd").find("ipmi")] == ["b"]


async def test_foreign_text_that_is_not_utf8_is_kept_as_it_is(store: SqlStore, sql: Sql) -> None:
    sql("INSERT INTO site (key, value) VALUES ('motd', CAST(x'67FC' AS TEXT)), ('n', x'3132')")
    await store.refresh()
    assert store.snapshot.site("motd").encode(errors="surrogateescape") == b"g\xfc"
    assert store.snapshot.site("n") == "12"


async def test_a_table_that_somebody_dropped_comes_back(store: SqlStore, sql: Sql) -> None:
    await store.write([master("10.0.0.1")], author="root")
    sql("DROP TABLE site")
    assert await store.refresh() == set(store.snapshot)
    assert len(store.snapshot.table("site").rows) == 0
    sql("INSERT INTO site (key, value) VALUES ('master', '10.0.0.2')")
    await store.refresh()
    assert store.snapshot.site("master") == "10.0.0.2"


@pytest.mark.parametrize(
    "spoil", ["DROP TRIGGER xcatd_site_insert", "DELETE FROM xcatd_revision", "DROP TABLE xcatd_revision"]
)
async def test_changes_are_seen_again_after_somebody_took_the_counting_away(
    store: SqlStore, sql: Sql, spoil: str
) -> None:
    sql(spoil)
    await store.write([Put("nodelist", {"node": "cn01"}, {})], author="root")
    sql("INSERT INTO site (key, value) VALUES ('master', '10.0.0.2')")
    await store.refresh()
    assert store.snapshot.site("master") == "10.0.0.2"


class Heard(logging.Handler):
    """Sets an event when a text is logged."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self.event, self.count = text, asyncio.Event(), 0

    def emit(self, record: logging.LogRecord) -> None:
        if self._text in record.getMessage():
            self.count += 1
            self.event.set()


@pytest.fixture
def hear() -> Callable[[str], Heard]:
    def start(text: str) -> Heard:
        heard = Heard(text)
        logger = logging.getLogger("xcatd.store.sqlstore")
        logger.setLevel(logging.INFO)
        logger.addHandler(heard)
        return heard

    return start


async def test_the_watch_reports_a_database_that_fails_once(path: Path, sql: Sql, hear: Callable[[str], Heard]) -> None:
    store = await open_store(path, patience=0.01)
    fails, works = hear("locked by another program"), hear("answers again")
    with closing(sqlite3.connect(path)) as foreign:
        sql("DROP TRIGGER xcatd_site_insert")
        foreign.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(store.watch(0.01))
            await asyncio.wait_for(fails.event.wait(), 5)
            foreign.rollback()
            await asyncio.wait_for(works.event.wait(), 5)
            watch.cancel()
    assert (fails.count, works.count) == (1, 1)
    await store.close()
