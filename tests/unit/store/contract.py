"""What a store on any kind of database must do: subclass `StoreContract` and provide the fixture `ground`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.unit.store.conftest import Sql
from tests.unit.store.grounds import Ground
from xcatd.errors import NotFound, StoreError, UsageError
from xcatd.store import TABLES, Append, Delete, Engine, Put, Snapshot, SqlStore, open_store, sqlstore
from xcatd.store.changes import Once
from xcatd.store.news import News


def master(address: str) -> Put:
    return Put("site", {"key": "master"}, {"value": address})


def audit(text: str) -> Append:
    return Append("auditlog", {"userid": "root", "args": text})


def node(name: str, **cells: str | None) -> Put:
    return Put("nodelist", {"node": name}, cells)


TEXTS = [
    "it's",
    '"quoted"',
    "back\\slash\\",
    "%s %(x)s 100%",
    "$1 ${a} $$",
    "? :x {} `",
    "'; DROP TABLE site; --",
    "🦀 grüße 機",
    "line\nline\r\n\ttab \x01\x7f",
    " spaces ",
]


class OnGround:
    """The fixtures of a contract: `store` is open, and `sql` is a foreign program that works on the same database."""

    @pytest.fixture
    async def store(self, ground: Ground) -> AsyncIterator[SqlStore]:
        opened = await open_store(ground.location, patience=5)
        yield opened
        await opened.close()

    @pytest.fixture
    def sql(self, ground: Ground) -> Sql:
        return ground.sql


class StoreContract(OnGround):
    """One writer at a time."""

    async def test_what_is_written_is_in_the_snapshot_and_in_the_database(self, store: SqlStore, sql: Sql) -> None:
        await store.write([master("10.0.0.1")], author="root")
        assert store.snapshot.site("master") == "10.0.0.1"
        assert sql("""SELECT "value" FROM "site" WHERE "key" = 'master'""") == [("10.0.0.1",)]

    async def test_what_is_written_is_there_after_a_restart(self, store: SqlStore, ground: Ground) -> None:
        await store.write([node("cn01", groups="all", comments="grüße")], author="root")
        again = await open_store(ground.location)
        assert list(again.snapshot.table("nodelist").rows) == list(store.snapshot.table("nodelist").rows)
        assert again.snapshot.revision == store.snapshot.revision
        await again.close()

    async def test_an_old_snapshot_stays_as_it_was(self, store: SqlStore) -> None:
        await store.write([master("10.0.0.1")], author="root")
        before = store.snapshot
        await store.write([master("10.0.0.2")], author="root")
        assert (before.site("master"), store.snapshot.site("master")) == ("10.0.0.1", "10.0.0.2")
        assert before.revision < store.snapshot.revision
        assert store.snapshot.table("nodelist") is before.table("nodelist")

    async def test_a_cell_is_cleared_and_a_row_deleted(self, store: SqlStore, sql: Sql) -> None:
        await store.write([node("cn01", groups="all")], author="root")
        await store.write([node("cn01", groups=None)], author="root")
        assert sql('SELECT "node", "groups" FROM "nodelist"') == [("cn01", None)]
        await store.write([Delete("nodelist", {"node": "cn01"})], author="root")
        assert sql('SELECT "node" FROM "nodelist"') == []

    async def test_a_put_by_a_part_of_the_key_changes_every_row_that_has_it(self, store: SqlStore, sql: Sql) -> None:
        rows = [Put("switch", {"node": "cn01", "switch": switch, "port": "1"}, {}) for switch in ("sw1", "sw2")]
        await store.write(rows, author="root")
        await store.write([Put("switch", {"node": "cn01"}, {"vlan": "7"})], author="root")
        assert [row["vlan"] for row in store.snapshot.table("switch").find("cn01")] == ["7", "7"]
        assert sql('SELECT "vlan" FROM "switch"') == [("7",), ("7",)]

    async def test_key_columns_that_are_not_given_are_empty_not_null(self, store: SqlStore, sql: Sql) -> None:
        await store.write([Put("passwd", {"key": "omapi"}, {"password": "geheim"})], author="root")
        assert sql('SELECT "username" FROM "passwd"') == [("",)]

    async def test_a_row_gets_another_key(self, store: SqlStore, sql: Sql) -> None:
        await store.write([Put("switch", {"node": "a", "switch": "s", "port": "1"}, {"vlan": "7"})], author="root")
        await store.write([Put("switch", {"node": "a"}, {"port": "2"})], author="root")
        assert sql('SELECT "node", "switch", "port", "vlan" FROM "switch"') == [("a", "s", "2", "7")]

    async def test_many_rows_of_a_key_of_three_columns(self, store: SqlStore, sql: Sql) -> None:
        ports = [{"node": f"n{number}", "switch": f"s{number % 3}", "port": str(number)} for number in range(120)]
        await store.write([Put("switch", port, {"vlan": "1"}) for port in ports], author="root")
        await store.write([Put("switch", port, {"vlan": "2", "comments": "x"}) for port in ports[:80]], author="root")
        await store.write([Delete("switch", port) for port in ports[60:]], author="root")
        expected = [(port["node"], port["switch"], port["port"], "2", "x") for port in ports[:60]]
        found = sql('SELECT "node", "switch", "port", "vlan", "comments" FROM "switch"')
        assert sorted(found) == sorted(expected)
        assert await store.refresh() == frozenset()

    @pytest.mark.parametrize("empty", ["", None])
    async def test_empty_text_and_null_stay_what_they_are(
        self, store: SqlStore, ground: Ground, empty: str | None
    ) -> None:
        """In each column that is no key, alone and beside the other."""
        table = TABLES["nodelist"]
        other = None if empty == "" else ""
        columns = [column for column in table.column_names if column not in table.keys]
        rows = [{name: empty if name == column else other for name in columns} for column in columns]
        await store.write([node(f"n{number:02}", **cells) for number, cells in enumerate(rows)], author="root")
        again = await open_store(ground.location)
        for seen in (store, again):
            found = {row["node"]: row.cells() for row in seen.snapshot.table("nodelist").rows}
            assert [found[f"n{number:02}"] for number in range(len(rows))] == [
                {"node": f"n{number:02}", **cells} for number, cells in enumerate(rows)
            ]
        await again.close()

    async def test_texts_of_every_kind_arrive(self, store: SqlStore, ground: Ground) -> None:
        """As values, as keys, in a log, and in the history; written by inserts and by updates; found again."""
        texts = {text.strip(): text for text in TEXTS}
        await store.write([Put("site", {"key": key}, {"value": "x"}) for key in texts], author="root")
        await store.write([Put("site", {"key": key}, {"value": text}) for key, text in texts.items()], author="root")
        await store.write([audit(text) for text in TEXTS], author="root")
        assert dict(ground.sql('SELECT "key", "value" FROM "site"')) == texts
        assert [row["args"] for row in await store.scan("auditlog")] == TEXTS
        changes = await store.history.changes(2)
        assert [(change.after or {})["value"] for change in changes] == TEXTS
        again = await open_store(ground.location)
        assert {key: again.snapshot.site(key) for key in texts} == texts
        await again.close()
        await store.write([Delete("site", {"key": key}) for key in texts], author="root")
        assert ground.sql('SELECT "key" FROM "site"') == []

    async def test_long_texts_arrive(self, store: SqlStore, ground: Ground) -> None:
        long, accents = "x" * 102_400, "é" * 70_000
        await store.write([Put("site", {"key": "a"}, {"value": long, "comments": accents}), audit(long)], author="root")
        assert ground.sql('SELECT "value", "comments" FROM "site"') == [(long, accents)]
        assert [row["args"] for row in await store.scan("auditlog")] == [long]
        again = await open_store(ground.location)
        assert again.snapshot.site("a") == long
        await again.close()

    async def test_a_batch_with_a_bad_change_does_nothing(self, store: SqlStore) -> None:
        with pytest.raises(NotFound, match='No column "shade" in table "site"'):
            await store.write([master("10.0.0.1"), Put("site", {"key": "x"}, {"shade": "y"})], author="root")
        with pytest.raises(UsageError, match='needs a value for "directory"'):
            await store.write([master("10.0.0.1"), Put("litetree", {"priority": "1"}, {})], author="root")
        assert len(store.snapshot.table("site").rows) == 0

    async def test_writing_what_is_there_already_changes_nothing(self, store: SqlStore) -> None:
        await store.write([master("10.0.0.1")], author="root")
        before = store.snapshot
        await store.write([master("10.0.0.1")], author="root")
        await store.write([], author="root")
        assert store.snapshot is before

    async def test_a_write_that_is_asked_for_again_is_done_once(self, store: SqlStore, ground: Ground) -> None:
        await store.write([audit("a")], author="root", once=Once("sn1", 7))
        await store.write([audit("a")], author="root", once=Once("sn1", 7))
        again = await open_store(ground.location)
        for serial in (7, 6, 8, 8):
            await again.write([audit(str(serial)), node(f"n{serial}")], author="root", once=Once("sn1", serial))
        await again.write([audit("other")], author="root", once=Once("sn2", 1))
        assert [row["args"] for row in await again.scan("auditlog")] == ["a", "8", "other"]
        assert list(again.snapshot.table("nodelist").keys()) == ["n8"]
        await again.close()

    async def test_a_single_change_that_the_database_refuses(self, store: SqlStore, ground: Ground) -> None:
        ground.guard()
        with pytest.raises(StoreError, match=f"The database {ground.location.named()} refuses: ") as caught:
            await store.write([node("bad")], author="root")
        assert ground.location.password.reveal() not in str(caught.value) or ground.location.is_file
        await store.write([master("10.0.0.1")], author="root")
        assert store.snapshot.site("master") == "10.0.0.1"
        ground.unguard()

    async def test_a_log_is_read_from_the_database_oldest_first(self, store: SqlStore) -> None:
        await store.write([audit(str(number)) for number in range(5)], author="root")
        assert [row["args"] for row in await store.scan("auditlog")] == ["0", "1", "2", "3", "4"]
        last = await store.scan("auditlog", last=2)
        assert [(row["recid"], row["args"]) for row in last] == [("4", "3"), ("5", "4")]
        assert await store.scan("auditlog", last=0) == []

    async def test_a_log_keeps_given_numbers_and_goes_on_from_them(self, store: SqlStore) -> None:
        await store.write([Append("auditlog", {"recid": "70", "args": "old"}), audit("new")], author="root")
        assert [row["recid"] for row in await store.scan("auditlog")] == ["70", "71"]

    async def test_numbers_of_a_log_are_not_used_again(self, store: SqlStore) -> None:
        await store.write([audit("a"), audit("b"), audit("c")], author="root")
        await store.write([Delete("auditlog", {"recid": "3"})], author="root")
        await store.write([Append("auditlog", {"recid": "1000", "args": "given"})], author="root")
        await store.write([Delete("auditlog", {"recid": "1000"})], author="root")
        await store.write([Append("auditlog", {"recid": "3", "args": "given"}), audit("new")], author="root")
        assert [row["recid"] for row in await store.scan("auditlog")] == ["1", "2", "3", "1001"]

    async def test_a_log_without_numbers_is_ordered_by_its_key(self, store: SqlStore) -> None:
        samples = [Append("performance", {"timestamp": stamp, "node": "cn01", "attrname": "load"}) for stamp in "312"]
        await store.write(samples, author="root")
        assert [row["timestamp"] for row in await store.scan("performance")] == ["1", "2", "3"]

    async def test_rows_of_a_log_can_be_deleted(self, store: SqlStore) -> None:
        await store.write([audit("a"), audit("b"), Delete("auditlog", {"args": "a"}), audit("c")], author="root")
        assert [row["args"] for row in await store.scan("auditlog")] == ["b", "c"]
        await store.write([Delete("auditlog", {"comments": "", "recid": "2"}), Delete("eventlog", {})], author="root")
        assert [row["args"] for row in await store.scan("auditlog")] == ["c"]

    async def test_only_logs_can_be_scanned(self, store: SqlStore) -> None:
        with pytest.raises(NotFound, match="No such table: colours"):
            await store.scan("colours")
        with pytest.raises(UsageError, match="site is not a log"):
            await store.scan("site")

    async def test_a_foreign_change_is_seen(self, store: SqlStore, sql: Sql) -> None:
        sql("""INSERT INTO "site" ("key", "value") VALUES ('master', '10.0.0.9')""")
        assert store.snapshot.site("master") == ""
        before = store.snapshot
        assert await store.refresh() == {"site"}
        assert store.snapshot.site("master") == "10.0.0.9"
        assert store.snapshot.revision > before.revision
        assert store.snapshot.table("nodelist") is before.table("nodelist")
        assert await store.refresh() == frozenset()

    async def test_a_foreign_change_is_seen_by_the_next_write(self, store: SqlStore, sql: Sql) -> None:
        await store.write([node("cn01", groups="all")], author="root")
        sql("""UPDATE "nodelist" SET "status" = 'booted'""")
        await store.write([node("cn01", groups="gpu")], author="root")
        assert sql('SELECT "groups", "status" FROM "nodelist"') == [("gpu", "booted")]
        assert [row["status"] for row in store.snapshot.table("nodelist").rows] == ["booted"]

    async def test_own_changes_are_not_read_again(self, store: SqlStore) -> None:
        await store.write([master("10.0.0.1")], author="root")
        written = store.snapshot
        await store.scan("auditlog")
        assert await store.refresh() == frozenset()
        assert store.snapshot is written

    async def test_a_table_that_somebody_dropped_comes_back(self, store: SqlStore, sql: Sql) -> None:
        await store.write([master("10.0.0.1"), node("cn01")], author="root")
        sql('DROP TABLE "site"')
        await store.write([Put("site", {"key": "domain"}, {"value": "cluster"})], author="root")
        assert [row["key"] for row in store.snapshot.table("site").rows] == ["domain"]
        assert list(store.snapshot.table("nodelist").keys()) == ["cn01"]
        sql("""INSERT INTO "site" ("key", "value") VALUES ('master', '10.0.0.2')""")
        await store.refresh()
        assert store.snapshot.site("master") == "10.0.0.2"

    @pytest.mark.parametrize("spoil", ['DELETE FROM "xcatd_revision"', 'DROP TABLE "xcatd_revision"'])
    async def test_changes_are_seen_again_after_somebody_took_the_counts_away(
        self, store: SqlStore, ground: Ground, sql: Sql, spoil: str
    ) -> None:
        ground.foreign().run(spoil)
        await store.write([node("cn01")], author="root")
        sql("""INSERT INTO "site" ("key", "value") VALUES ('master', '10.0.0.2')""")
        await store.refresh()
        assert store.snapshot.site("master") == "10.0.0.2"

    async def test_listeners_hear_of_every_new_snapshot(self, store: SqlStore, sql: Sql) -> None:
        heard: list[tuple[News, Snapshot]] = []
        end = store.on_change(lambda names, snapshot: heard.append((names, snapshot)))
        await store.write([master("10.0.0.1"), audit("x")], author="root")
        await store.write([audit("only a log")], author="root")
        sql("""INSERT INTO "nodelist" ("node") VALUES ('cn01')""")
        await store.refresh()
        assert [names for names, _ in heard] == [{"site": {"master"}}, {"nodelist": {"cn01"}}]
        assert heard[-1][1] is store.snapshot
        end()
        await store.write([master("10.0.0.2")], author="root")
        assert len(heard) == 2

    async def test_the_watch_sees_foreign_changes(
        self, store: SqlStore, sql: Sql, ground: Ground, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PostgreSQL says itself that something has changed: there nobody looks for hours. Two changes, because the first may
        be seen by the first look."""
        monkeypatch.setattr(sqlstore, "_QUIET", 36_000.0)
        told: asyncio.Queue[News] = asyncio.Queue()
        store.on_change(lambda news, _: told.put_nowait(news))
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(store.watch(36_000.0 if ground.engine is Engine.POSTGRES else 0.01))
            for name in ("cn01", "cn02", "cn03"):
                sql('INSERT INTO "nodelist" ("node") VALUES (?)', name)
                assert await asyncio.wait_for(told.get(), 30) == {"nodelist": {name}}
            watch.cancel()
        assert list(store.snapshot.table("nodelist").keys()) == ["cn01", "cn02", "cn03"]

    async def test_a_nudge_makes_the_watch_look(
        self, store: SqlStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlstore, "_QUIET", 36_000.0)
        told: asyncio.Queue[News] = asyncio.Queue()
        store.on_change(lambda news, _: told.put_nowait(news))
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(store.watch(36_000.0))
            for name in ("cn01", "cn02"):
                sql('INSERT INTO "nodelist" ("node") VALUES (?)', name)
                store.nudge()
                assert await asyncio.wait_for(told.get(), 30) == {"nodelist": {name}}
            watch.cancel()

    async def test_a_closed_store_says_so(self, ground: Ground) -> None:
        store = await open_store(ground.location)
        await asyncio.gather(*(store.write([master(str(n))], author="root") for n in range(3)))
        await store.close()
        with pytest.raises(StoreError, match="is closed"):
            await store.write([master("10.0.0.1")], author="root")
        marks = {name for (name,) in ground.sql('SELECT "name" FROM "xcatd_revision"') if name.startswith("@")}
        assert marks <= {"@schema", "@epoch"}

    async def test_twenty_thousand_nodes(self, store: SqlStore, ground: Ground) -> None:
        nodes = [f"cn{number:05}" for number in range(20_000)]
        await store.write([node(name, groups="compute,all") for name in nodes], author="root")
        await store.write([node("cn19999", status="booted")], author="root")
        again = await open_store(ground.location)
        view = again.snapshot.table("nodelist")
        assert list(view.keys()) == nodes
        assert [row["status"] for row in view.find("cn19999")] == ["booted"]
        assert list(view.rows) == list(store.snapshot.table("nodelist").rows)
        await again.close()
