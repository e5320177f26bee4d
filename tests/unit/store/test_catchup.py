"""What others write is seen: of a few rows only those are read again, and where it is not known which, whole tables."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import pytest

from tests.unit.store.contract import TEXTS, audit, node
from tests.unit.store.grounds import Ground
from xcatd.store import Put, Snapshot, SqlStore, open_store
from xcatd.store.engine.journal import KEPT
from xcatd.store.news import News

COUNT = 400
"""Nodes that are there at the beginning."""
KEY = ("node", "switch", "port")


class Witness:
    """Looks at what one store tells, and compares it with one that has just been opened."""

    def __init__(self, store: SqlStore, ground: Ground) -> None:
        self._store = store
        self._ground = ground
        self._news: News = {}
        store.on_change(self._hear)

    def _hear(self, news: News, _: Snapshot) -> None:
        self._news = news

    async def news(self) -> News:
        """What the store finds when it looks now. Rows that it does not tell of are the same objects as before."""
        self._news, before = {}, self._store.snapshot
        await self._store.refresh()
        for name, idents in self._news.items():
            old, new = before.table(name).by_ident, self._store.snapshot.table(name).by_ident
            if idents is not None:
                assert all(new[ident] is values for ident, values in old.items() if ident not in idents)
        await self._compare()
        return self._news

    async def _compare(self) -> None:
        fresh = await open_store(self._ground.location, alters=False)
        await fresh.close()
        for name in fresh.snapshot:
            assert dict(self._store.snapshot.table(name).by_ident) == dict(fresh.snapshot.table(name).by_ident), name


@pytest.fixture
async def store(ground: Ground) -> AsyncIterator[SqlStore]:
    opened = await open_store(ground.location, patience=5)
    await opened.write([node(f"cn{number:04}", groups="all") for number in range(COUNT)], author="root")
    yield opened
    await opened.close()


@pytest.fixture
def witness(store: SqlStore, ground: Ground) -> Witness:
    return Witness(store, ground)


async def test_one_changed_row(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted' WHERE "node" = 'cn0007'""")
    assert await witness.news() == {"nodelist": {"cn0007"}}


async def test_rows_come_change_and_go(ground: Ground, witness: Witness) -> None:
    ground.sql("""INSERT INTO "nodelist" ("node") VALUES ('new1'), ('new2')""")
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted' WHERE "node" IN ('cn0001', 'cn0002')""")
    ground.sql("""DELETE FROM "nodelist" WHERE "node" = 'cn0003'""")
    ground.sql("""INSERT INTO "site" ("key", "value") VALUES ('master', '1')""")
    found = await witness.news()
    assert found == {"nodelist": {"new1", "new2", "cn0001", "cn0002", "cn0003"}, "site": {"master"}}


async def test_a_row_that_comes_and_goes_between_two_looks(ground: Ground, witness: Witness, store: SqlStore) -> None:
    before = store.snapshot.table("nodelist")
    ground.sql("""INSERT INTO "nodelist" ("node") VALUES ('short')""")
    ground.sql("""DELETE FROM "nodelist" WHERE "node" = 'short'""")
    assert await witness.news() == {}
    assert store.snapshot.table("nodelist") is before


async def test_a_row_that_goes_and_comes_back(ground: Ground, witness: Witness) -> None:
    ground.sql("""DELETE FROM "nodelist" WHERE "node" = 'cn0003'""")
    ground.sql("""INSERT INTO "nodelist" ("node", "groups") VALUES ('cn0003', 'back')""")
    assert await witness.news() == {"nodelist": {"cn0003"}}


async def test_a_row_with_another_key(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "node" = 'renamed' WHERE "node" = 'cn0003'""")
    assert await witness.news() == {"nodelist": {"cn0003", "renamed"}}


async def test_a_row_that_is_written_whether_or_not_it_is_there(ground: Ground, witness: Witness) -> None:
    statement = ground.replacing("nodelist", ("node", "groups"), ("node",))
    ground.sql(statement, "cn0003", "gpu")
    assert await witness.news() == {"nodelist": {"cn0003"}}
    ground.sql(statement, "new", "gpu")
    assert await witness.news() == {"nodelist": {"new"}}


async def test_keys_of_three_columns(ground: Ground, witness: Witness, store: SqlStore) -> None:
    many = [dict(zip(KEY, (f"n{number}", f"s{number}", "1"), strict=True)) for number in range(300)]
    await store.write([Put("switch", key, {}) for key in many], author="root")
    ground.sql("""UPDATE "switch" SET "vlan" = '7' WHERE "node" = 'n5'""")
    ground.sql("""INSERT INTO "switch" ("node", "switch", "port", "vlan") VALUES ('a''b', 'c.d', 'e,f', '1')""")
    ground.sql("""UPDATE "switch" SET "port" = '2' WHERE "switch" = 's6'""")
    ground.sql("""DELETE FROM "switch" WHERE "node" = 'n7' AND "switch" = 's7'""")
    assert await witness.news() == {
        "switch": {("n5", "s5", "1"), ("a'b", "c.d", "e,f"), ("n6", "s6", "1"), ("n6", "s6", "2"), ("n7", "s7", "1")}
    }


async def test_a_part_of_a_key_that_is_empty(ground: Ground, witness: Witness, store: SqlStore) -> None:
    """Such a row is changed, whichever way it is read."""
    await store.write([Put("passwd", {"key": "omapi"}, {"password": "1"})], author="root")
    ground.sql("""UPDATE "passwd" SET "password" = '2' WHERE "key" = 'omapi'""")
    assert set(await witness.news()) == {"passwd"}
    assert [row["password"] for row in store.snapshot.table("passwd").find("omapi")] == ["2"]


async def test_keys_and_values_of_every_kind(ground: Ground, witness: Witness) -> None:
    texts = {text.strip(): text for text in [*TEXTS, "x" * 100]}
    for key, text in texts.items():
        ground.sql('INSERT INTO "site" ("key", "value") VALUES (?, ?)', key, text)
    assert await witness.news() == {"site": set(texts)}
    for value in ("", None):
        for key in texts:
            ground.sql('UPDATE "site" SET "value" = ? WHERE "key" = ?', value, key)
        assert await witness.news() == {"site": set(texts)}
    for key in texts:
        ground.sql('DELETE FROM "site" WHERE "key" = ?', key)
    assert await witness.news() == {"site": set(texts)}


async def test_a_long_text(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "comments" = ? WHERE "node" = 'cn0007'""", "é" * 102_400)
    assert await witness.news() == {"nodelist": {"cn0007"}}


async def test_a_statement_that_changes_nothing(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "status" = 'x' WHERE "node" = 'nobody'""")
    ground.sql("""DELETE FROM "nodelist" WHERE "node" = 'nobody'""")
    ground.sql("""UPDATE "nodelist" SET "groups" = 'all' WHERE "node" = 'cn0001'""")
    assert await witness.news() == {}


async def test_what_is_taken_back_is_no_news(ground: Ground, witness: Witness) -> None:
    with ground.busy():
        assert await witness.news() == {}
    assert await witness.news() == {}


async def test_many_changed_rows_are_a_whole_table(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted'""")
    assert await witness.news() == {"nodelist": None}


async def test_a_quarter_of_a_large_table_is_read_row_by_row(ground: Ground, witness: Witness) -> None:
    names = [f"cn{number:04}" for number in range(COUNT // 4)]
    ground.sql(f"""UPDATE "nodelist" SET "status" = 'x' WHERE "node" <= '{names[-1]}'""")
    assert await witness.news() == {"nodelist": set(names)}


async def test_all_rows_gone(ground: Ground, witness: Witness, store: SqlStore) -> None:
    ground.sql('DELETE FROM "nodelist"')
    assert await witness.news() == {"nodelist": None}
    assert len(store.snapshot.table("nodelist").rows) == 0


@pytest.mark.parametrize("gone", ['"revision" > 0', "\"name\" = 'nodelist'", '"revision" IN (SELECT 2 UNION SELECT 3)'])
async def test_notes_that_somebody_removed(ground: Ground, witness: Witness, gone: str) -> None:
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted' WHERE "node" = 'cn0007'""")
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted' WHERE "node" = 'cn0008'""")
    ground.sql(f'DELETE FROM "xcatd_change" WHERE {gone}')
    assert await witness.news() == {"nodelist": None}


async def test_old_notes_are_removed_and_new_ones_count(ground: Ground, witness: Witness, store: SqlStore) -> None:
    """Two hundred thousand would take long: the count is set forward as if they had been there."""
    ground.sql("""UPDATE "nodelist" SET "status" = 'a' WHERE "node" = 'cn0001'""")
    ground.sql(f"""UPDATE "xcatd_revision" SET "revision" = "revision" + {KEPT} WHERE "name" = 'nodelist'""")
    ground.sql("""UPDATE "nodelist" SET "status" = 'a' WHERE "node" = 'cn0002'""")
    assert await witness.news() == {"nodelist": None}
    await store._database.change(lambda session: session.tidy("0"))
    assert ground.sql('SELECT count(*) FROM "xcatd_change"') == [(1,)]
    ground.sql("""UPDATE "nodelist" SET "status" = 'a' WHERE "node" = 'cn0003'""")
    assert await witness.news() == {"nodelist": {"cn0003"}}


async def test_counts_that_go_back_are_a_change(ground: Ground, witness: Witness) -> None:
    ground.sql("""UPDATE "nodelist" SET "status" = 'a' WHERE "node" = 'cn0001'""")
    ground.sql("""UPDATE "xcatd_revision" SET "revision" = 0 WHERE "name" = 'nodelist'""")
    assert await witness.news() == {"nodelist": None}


async def test_another_store_tells_which_rows_it_changed(ground: Ground, witness: Witness, store: SqlStore) -> None:
    """A few are noted by the database, many by the store."""
    other = await open_store(ground.location)
    await other.write([node("cn0001", status="x"), node("one more"), audit("x")], author="root")
    assert await witness.news() == {"nodelist": {"cn0001", "one more"}}
    names = [f"cn{number:04}" for number in range(90)]
    await other.write([node(name, status="y") for name in names], author="root")
    assert await witness.news() == {"nodelist": set(names)}
    await other.write([node(name, status="z") for name in names], author="root")
    ground.sql("""DELETE FROM "nodelist" WHERE "node" = 'cn0100'""")
    assert await witness.news() == {"nodelist": {*names, "cn0100"}}
    await other.close()


async def test_a_write_sees_what_others_wrote_as_rows_too(ground: Ground, store: SqlStore) -> None:
    told: list[News] = []
    store.on_change(lambda news, _: told.append(news))
    ground.sql("""UPDATE "nodelist" SET "status" = 'booted' WHERE "node" = 'cn0007'""")
    await store.write([node("cn0008", status="down")], author="root")
    assert told == [{"nodelist": {"cn0007", "cn0008"}}]


async def test_a_table_that_is_emptied_at_once_on_postgresql(postgres_ground: Ground) -> None:
    store = await open_store(postgres_ground.location)
    await store.write([node("cn01")], author="root")
    postgres_ground.sql('TRUNCATE "nodelist"')
    assert await Witness(store, postgres_ground).news() == {"nodelist": None}
    await store.close()


class TestOnSqlite:
    """What only SQLite lets foreign programs store."""

    @pytest.fixture
    def ground(self, sqlite_ground: Ground) -> Ground:
        return sqlite_ground

    async def test_keys_that_are_null(self, ground: Ground, witness: Witness, store: SqlStore) -> None:
        for password in ("a", "b"):
            ground.sql("INSERT INTO passwd (key, password) VALUES ('ipmi', ?)", password)
        assert await witness.news() == {"passwd": None}
        ground.sql("UPDATE passwd SET comments = 'second' WHERE password = 'b'")
        assert await witness.news() == {"passwd": None}
        ground.sql("UPDATE passwd SET username = 'x' WHERE password = 'b'")
        assert await witness.news() == {"passwd": None}
        ground.sql("INSERT INTO nodelist (groups) VALUES ('nobody')")
        assert await witness.news() == {"nodelist": None}
        assert [row["password"] for row in store.snapshot.table("passwd").rows] == ["a", "b"]

    async def test_text_that_is_not_utf8(self, ground: Ground, witness: Witness, store: SqlStore) -> None:
        ground.sql("UPDATE nodelist SET comments = CAST(x'67FC' AS TEXT) WHERE node = 'cn0007'")
        assert await witness.news() == {"nodelist": {"cn0007"}}
        ground.sql("INSERT INTO nodelist (node) VALUES (CAST(x'67FC' AS TEXT))")
        assert await witness.news() == {"nodelist": None}
        assert store.snapshot.table("nodelist").find("g\udcfc")
        ground.sql("UPDATE nodelist SET comments = 'x' WHERE node = 'cn0008'")
        assert await witness.news() == {"nodelist": {"cn0008"}}

    async def test_text_that_is_not_utf8_does_not_stop_the_clock(self, ground: Ground, witness: Witness) -> None:
        """SQLite shows one moment for as long as a cursor is open, be it one that an error has left behind."""
        gc.disable()
        try:
            ground.sql("UPDATE nodelist SET comments = CAST(x'67FC' AS TEXT) WHERE node = 'cn0007'")
            assert await witness.news() == {"nodelist": {"cn0007"}}
            ground.sql("UPDATE nodelist SET comments = 'x' WHERE node = 'cn0008'")
            assert await witness.news() == {"nodelist": {"cn0008"}}
        finally:
            gc.enable()

    @pytest.mark.parametrize("key", ["x'3132'", "12", "1.5"])
    async def test_keys_that_are_no_text(self, ground: Ground, witness: Witness, key: str) -> None:
        ground.sql(f"INSERT INTO nodelist (node, groups) VALUES ({key}, 'a')")
        assert set(await witness.news()) == {"nodelist"}
        ground.sql("UPDATE nodelist SET groups = 'b' WHERE groups = 'a'")
        assert set(await witness.news()) == {"nodelist"}
        ground.sql("DELETE FROM nodelist WHERE groups = 'b'")
        assert set(await witness.news()) == {"nodelist"}
