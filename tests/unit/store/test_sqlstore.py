"""Writing, reading back, and seeing what others write."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from tests.unit.store.conftest import Sql
from xcatd.errors import NotFound, StoreError, UsageError
from xcatd.store import Append, Delete, Put, Snapshot, SqlStore, open_store
from xcatd.store.engine import Database, Session
from xcatd.store.location import Location
from xcatd.store.news import News

T = TypeVar("T")


def master(address: str) -> Put:
    return Put("site", {"key": "master"}, {"value": address})


def audit(text: str) -> Append:
    return Append("auditlog", {"userid": "root", "args": text})


async def test_what_is_written_is_in_the_snapshot_and_in_the_file(store: SqlStore, sql: Sql) -> None:
    await store.write([master("10.0.0.1")], author="root")
    assert store.snapshot.site("master") == "10.0.0.1"
    assert sql("SELECT value FROM site WHERE key = 'master'") == [("10.0.0.1",)]


async def test_what_is_written_is_there_after_a_restart(store: SqlStore, path: Path) -> None:
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": "all", "comments": "grüße"})], author="root")
    again = await open_store(path)
    assert list(again.snapshot.table("nodelist").rows) == list(store.snapshot.table("nodelist").rows)
    assert again.snapshot.revision == store.snapshot.revision
    await again.close()


async def test_an_old_snapshot_stays_as_it_was(store: SqlStore) -> None:
    await store.write([master("10.0.0.1")], author="root")
    before = store.snapshot
    await store.write([master("10.0.0.2")], author="root")
    assert (before.site("master"), store.snapshot.site("master")) == ("10.0.0.1", "10.0.0.2")
    assert before.revision < store.snapshot.revision
    assert store.snapshot.table("nodelist") is before.table("nodelist")


async def test_a_cell_is_cleared_and_a_row_deleted(store: SqlStore, sql: Sql) -> None:
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": "all"})], author="root")
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": None})], author="root")
    assert sql("SELECT node, groups FROM nodelist") == [("cn01", None)]
    await store.write([Delete("nodelist", {"node": "cn01"})], author="root")
    assert sql("SELECT node FROM nodelist") == []


async def test_a_put_by_a_part_of_the_key_changes_every_row_that_has_it(store: SqlStore) -> None:
    rows = [Put("switch", {"node": "cn01", "switch": switch, "port": "1"}, {}) for switch in ("sw1", "sw2")]
    await store.write(rows, author="root")
    await store.write([Put("switch", {"node": "cn01"}, {"vlan": "7"})], author="root")
    assert [row["vlan"] for row in store.snapshot.table("switch").find("cn01")] == ["7", "7"]


async def test_key_columns_that_are_not_given_are_empty_not_null(store: SqlStore, sql: Sql) -> None:
    await store.write([Put("passwd", {"key": "omapi"}, {"password": "geheim"})], author="root")
    assert sql("SELECT username FROM passwd") == [("",)]


async def test_a_batch_with_a_bad_change_does_nothing(store: SqlStore) -> None:
    with pytest.raises(NotFound, match='No column "shade" in table "site"'):
        await store.write([master("10.0.0.1"), Put("site", {"key": "x"}, {"shade": "y"})], author="root")
    with pytest.raises(UsageError, match='needs a value for "directory"'):
        await store.write([master("10.0.0.1"), Put("litetree", {"priority": "1"}, {})], author="root")
    assert len(store.snapshot.table("site").rows) == 0


async def test_writing_what_is_there_already_changes_nothing(store: SqlStore) -> None:
    await store.write([master("10.0.0.1")], author="root")
    before = store.snapshot
    await store.write([master("10.0.0.1")], author="root")
    await store.write([], author="root")
    assert store.snapshot is before


async def test_concurrent_writers_lose_nothing(store: SqlStore, sql: Sql) -> None:
    async def writer(name: int) -> None:
        for number in range(25):
            await store.write([Put("nodelist", {"node": f"w{name}n{number}"}, {}), audit(f"{name}")], author="root")

    async with asyncio.TaskGroup() as tasks:
        for name in range(20):
            tasks.create_task(writer(name))
    assert len(store.snapshot.table("nodelist").rows) == 500
    assert sql("SELECT count(*) FROM nodelist") == sql("SELECT count(*) FROM auditlog") == [(500,)]


async def test_one_bad_batch_among_many_fails_alone(store: SqlStore) -> None:
    good = [store.write([Put("nodelist", {"node": f"cn{number}"}, {})], author="root") for number in range(10)]
    bad = store.write([Put("nodelist", {"node": "lost"}, {}), Put("litetree", {"priority": "1"}, {})], author="root")
    *ends, failure = await asyncio.gather(*good, bad, return_exceptions=True)
    assert ends == [None] * 10
    assert isinstance(failure, UsageError)
    assert sorted(store.snapshot.table("nodelist").keys()) == sorted(f"cn{number}" for number in range(10))


async def test_what_the_database_refuses_fails_alone(store: SqlStore, sql: Sql) -> None:
    sql("CREATE TRIGGER guard BEFORE INSERT ON nodelist WHEN new.node = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END")
    writes = [
        store.write([Put("nodelist", {"node": node}, {}), audit(node)], author="root") for node in ("a", "bad", "b")
    ]
    first, refused, last = await asyncio.gather(*writes, return_exceptions=True)
    assert first is last is None
    assert isinstance(refused, StoreError)
    assert list(store.snapshot.table("nodelist").keys()) == ["a", "b"]
    assert sql("SELECT args FROM auditlog ORDER BY recid") == [("a",), ("b",)]


async def test_a_single_change_that_the_database_refuses(store: SqlStore, sql: Sql, path: Path) -> None:
    sql("CREATE TRIGGER guard BEFORE INSERT ON nodelist BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(StoreError, match=f"{path} refuses: no room"):
        await store.write([Put("nodelist", {"node": "cn01"}, {})], author="root")
    await store.write([master("10.0.0.1")], author="root")
    assert store.snapshot.site("master") == "10.0.0.1"


async def test_a_log_is_read_from_the_database_oldest_first(store: SqlStore) -> None:
    await store.write([audit(str(number)) for number in range(5)], author="root")
    assert [row["args"] for row in await store.scan("auditlog")] == ["0", "1", "2", "3", "4"]
    last = await store.scan("auditlog", last=2)
    assert [(row["recid"], row["args"]) for row in last] == [("4", "3"), ("5", "4")]
    assert await store.scan("auditlog", last=0) == []


async def test_a_log_keeps_given_numbers_and_goes_on_from_them(store: SqlStore) -> None:
    await store.write([Append("auditlog", {"recid": "70", "args": "old"}), audit("new")], author="root")
    assert [row["recid"] for row in await store.scan("auditlog")] == ["70", "71"]


async def test_a_log_without_numbers_is_ordered_by_its_key(store: SqlStore) -> None:
    samples = [Append("performance", {"timestamp": stamp, "node": "cn01", "attrname": "load"}) for stamp in "312"]
    await store.write(samples, author="root")
    assert [row["timestamp"] for row in await store.scan("performance")] == ["1", "2", "3"]


async def test_rows_of_a_log_can_be_deleted(store: SqlStore) -> None:
    await store.write([audit("a"), audit("b"), Delete("auditlog", {"args": "a"}), audit("c")], author="root")
    assert [row["args"] for row in await store.scan("auditlog")] == ["b", "c"]
    await store.write([Delete("auditlog", {"comments": "", "recid": "2"}), Delete("eventlog", {})], author="root")
    assert [row["args"] for row in await store.scan("auditlog")] == ["c"]


async def test_only_logs_can_be_scanned(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="No such table: colours"):
        await store.scan("colours")
    with pytest.raises(UsageError, match="site is not a log"):
        await store.scan("site")


async def test_a_foreign_change_is_seen(store: SqlStore, sql: Sql) -> None:
    sql("INSERT INTO site (key, value) VALUES ('master', '10.0.0.9')")
    assert store.snapshot.site("master") == ""
    before = store.snapshot
    assert await store.refresh() == {"site"}
    assert store.snapshot.site("master") == "10.0.0.9"
    assert store.snapshot.revision > before.revision
    assert store.snapshot.table("nodelist") is before.table("nodelist")
    assert await store.refresh() == frozenset()


async def test_a_foreign_change_is_seen_by_the_next_write(store: SqlStore, sql: Sql) -> None:
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": "all"})], author="root")
    sql("UPDATE nodelist SET status = 'booted'")
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": "gpu"})], author="root")
    assert sql("SELECT groups, status FROM nodelist") == [("gpu", "booted")]
    assert [row["status"] for row in store.snapshot.table("nodelist").rows] == ["booted"]


async def test_own_changes_are_not_read_again(store: SqlStore) -> None:
    await store.write([master("10.0.0.1")], author="root")
    written = store.snapshot
    await store.scan("auditlog")
    assert await store.refresh() == frozenset()
    assert store.snapshot is written


async def test_two_stores_on_one_file_see_each_other(store: SqlStore, path: Path) -> None:
    other = await open_store(path)
    await asyncio.gather(
        *(
            each.write([Put("nodelist", {"node": f"cn{n}{each is store}"}, {})], author="x")
            for n in range(20)
            for each in (store, other)
        )
    )
    await store.refresh()
    await other.refresh()
    assert len(store.snapshot.table("nodelist").rows) == 40
    assert list(store.snapshot.table("nodelist").rows) == list(other.snapshot.table("nodelist").rows)
    await other.close()


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


async def test_listeners_hear_of_every_new_snapshot(store: SqlStore, sql: Sql) -> None:
    heard: list[tuple[News, Snapshot]] = []
    end = store.on_change(lambda names, snapshot: heard.append((names, snapshot)))
    await store.write([master("10.0.0.1"), audit("x")], author="root")
    await store.write([audit("only a log")], author="root")
    sql("INSERT INTO nodelist (node) VALUES ('cn01')")
    await store.refresh()
    assert [names for names, _ in heard] == [{"site": {"master"}}, {"nodelist": {"cn01"}}]
    assert heard[-1][1] is store.snapshot
    end()
    await store.write([master("10.0.0.2")], author="root")
    assert len(heard) == 2


async def test_the_watch_sees_foreign_changes(store: SqlStore, sql: Sql) -> None:
    seen = asyncio.Event()
    store.on_change(lambda names, snapshot: seen.set())
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(store.watch(0.01))
        sql("INSERT INTO nodelist (node) VALUES ('cn01')")
        await asyncio.wait_for(seen.wait(), 5)
        watch.cancel()
    assert list(store.snapshot.table("nodelist").keys()) == ["cn01"]


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


async def test_a_file_that_is_locked_too_long_is_an_error_and_nothing_is_written(path: Path) -> None:
    store = await open_store(path, patience=0.05)
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        ends = await asyncio.gather(
            *(store.write([master(str(n))], author="root") for n in range(3)), return_exceptions=True
        )
        assert all(isinstance(end, StoreError) and "locked by another program" in str(end) for end in ends)
        assert store.snapshot.site("master") == ""
        foreign.rollback()
    await store.write([master("10.0.0.1")], author="root")
    assert store.snapshot.site("master") == "10.0.0.1"
    await store.close()


async def test_a_writer_that_goes_away_while_it_waits_has_written_nothing(store: SqlStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(store.write([audit("first")], author="root"))
            gone = tasks.create_task(store.write([audit("gone")], author="root"))
            tasks.create_task(store.write([audit("last")], author="root"))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.sleep(0)
            foreign.rollback()
    assert [row["args"] for row in await store.scan("auditlog")] == ["first", "last"]


@pytest.mark.parametrize("ticks", [1, 6, 15, 28, 45, 80])
async def test_whoever_goes_away_the_others_changes_are_made_exactly_once(store: SqlStore, ticks: int) -> None:
    """The first of each group is cancelled at some moment of the transaction that it does for all."""
    for turn in range(4):
        async with asyncio.TaskGroup() as tasks:
            names = [f"{turn}-{number}" for number in range(4)]
            writers = [tasks.create_task(store.write([audit(name)], author="root")) for name in names]
            for _ in range(ticks + turn):
                await asyncio.sleep(0)
            for writer in writers[:2]:
                writer.cancel()
        written = [row["args"] for row in await store.scan("auditlog")]
        assert [written.count(name) for name in names[2:]] == [1, 1]
        assert all(written.count(name) <= 1 for name in names)


class Cut(Database):
    """A real database whose second writer is cancelled when its commit is done and before it can know."""

    writes = 0

    async def change(self, work: Callable[[Session], T]) -> T:
        result = await super().change(work)
        self.writes += 1
        if self.writes == 2:
            raise asyncio.CancelledError
        return result


async def test_a_group_whose_end_nobody_saw_is_not_written_twice(path: Path) -> None:
    database = await Cut.make(Location.of_file(path), 5)
    store = SqlStore(database)
    await store.load()
    leader = store.write([audit("leads")], author="root")
    follower = store.write([Put("site", {"key": "n"}, {"value": "1"}), audit("follows")], author="root")
    late = store.write([audit("late")], author="root")
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(store.write([audit("first")], author="root"))
            await asyncio.sleep(0)
            tasks.create_task(leader)
            tasks.create_task(follower)
            tasks.create_task(late)
            await asyncio.sleep(0)
            foreign.rollback()
    assert [row["args"] for row in await store.scan("auditlog")] == ["first", "leads", "follows", "late"]
    assert store.snapshot.site("n") == "1"
    await store.close()


async def test_a_closed_store_says_so(path: Path, sql: Sql) -> None:
    store = await open_store(path)
    await asyncio.gather(*(store.write([master(str(n))], author="root") for n in range(3)))
    await store.close()
    with pytest.raises(StoreError, match="is closed"):
        await store.write([master("10.0.0.1")], author="root")
    assert sql("SELECT name FROM xcatd_revision WHERE name LIKE '@%'") == [("@schema",)]


async def test_twenty_thousand_nodes(store: SqlStore, path: Path) -> None:
    nodes = [f"cn{number:05}" for number in range(20_000)]
    await store.write([Put("nodelist", {"node": node}, {"groups": "compute,all"}) for node in nodes], author="root")
    await store.write([Put("nodelist", {"node": "cn19999"}, {"status": "booted"})], author="root")
    again = await open_store(path)
    view = again.snapshot.table("nodelist")
    assert list(view.keys()) == nodes
    assert [row["status"] for row in view.find("cn19999")] == ["booted"]
    assert list(view.rows) == list(store.snapshot.table("nodelist").rows)
    await again.close()
