"""How an existing database of any kind is brought to the schema: subclass `MigrationContract`, provide `ground` and `bare`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.unit.store.contract import OnGround, master, node
from tests.unit.store.foreign import Rows
from tests.unit.store.grounds import Ground
from xcatd.errors import StoreError, UsageError
from xcatd.store import STANDARD, TABLES, Column, Put, Replace, Schema, SqlStore, Table, open_store
from xcatd.store.engine import Database
from xcatd.store.engine.versions import NEWEST
from xcatd.store.location import Engine

RACKS = Table("x_racks", "racks", tuple(map(Column, ("rack", "node", "comments", "disable"), "1234")), ("rack",))
NODELIST = replace(TABLES["nodelist"], columns=(*TABLES["nodelist"].columns, Column("x_asset", "asset")))
SITE_SCHEMA = Schema({**TABLES, "x_racks": RACKS, "nodelist": NODELIST})

OLD = (
    'CREATE TABLE "site" ("key" VARCHAR(128), "value" TEXT, "disable" TEXT, PRIMARY KEY ("key"))',
    """INSERT INTO "site" VALUES ('master', '10.0.0.1', NULL)""",
    'CREATE TABLE "passwd" ("key" VARCHAR(128), "username" VARCHAR(128), "password" TEXT, "colour" TEXT,'
    ' "comments" TEXT, "disable" TEXT, PRIMARY KEY ("key", "username"))',
    """INSERT INTO "passwd" VALUES ('system', 'root', 'x', 'blue', NULL, NULL)""",
    'CREATE TABLE "x_teal" ("a" TEXT)',
    """INSERT INTO "x_teal" VALUES ('kept')""",
)
"""A database in the form that xCAT 2 makes: fewer columns, one of its own, a table of its own."""

TYPES = {
    Engine.SQLITE: {"TEXT": "TEXT", "VARCHAR({})": "VARCHAR({})", "INTEGER": "INTEGER"},
    Engine.POSTGRES: {"TEXT": "text/", "VARCHAR({})": "varchar/{}", "INTEGER": "int4/"},
    Engine.MYSQL: {"TEXT": "longtext", "VARCHAR({})": "varchar({})", "INTEGER": "int(11)"},
}


def declared(engine: Engine, table: Table, column: Column) -> str:
    """The type that a column has in a database."""
    kind = "VARCHAR(128)" if column.name in table.keys and column.type == "TEXT" else column.type
    if kind.startswith("VARCHAR("):
        return TYPES[engine]["VARCHAR({})"].format(kind[8:-1])
    return TYPES[engine][kind.removesuffix(" AUTO_INCREMENT")]


def traces(ground: Ground) -> list[str]:
    """What is ours in a database: tables and triggers."""
    if ground.engine is Engine.SQLITE:
        return [name for (name,) in ground.sql("SELECT name FROM sqlite_master WHERE name LIKE 'xcatd!_%' ESCAPE '!'")]
    here = "current_schema()" if ground.engine is Engine.POSTGRES else "DATABASE()"
    found: Rows = []
    for view, name, schema in (
        ("tables", "table_name", "table_schema"),
        ("triggers", "trigger_name", "trigger_schema"),
    ):
        found += ground.sql(f"SELECT {name} FROM information_schema.{view} WHERE {schema} = {here}")
    return [str(name) for (name,) in found if str(name).startswith("xcatd_")]


@asynccontextmanager
async def database(ground: Ground, *, alters: bool = True) -> AsyncIterator[Database]:
    made = await Database.make(ground.location, 5, alters=alters)
    yield made
    await made.close()


async def refusal(ground: Ground, *, alters: bool = True) -> str:
    with pytest.raises(StoreError) as caught:
        await open_store(ground.location, alters=alters)
    return str(caught.value)


class MigrationContract(OnGround):
    """`ground` has all tables; `bare` has none."""

    @pytest.fixture
    def old(self, bare: Ground) -> Ground:
        for statement in OLD:
            bare.sql(statement)
        return bare

    async def test_missing_tables_and_columns_are_made_and_nothing_is_dropped(self, old: Ground) -> None:
        store = await open_store(old.location)
        await store.write([Put("passwd", {"key": "system"}, {"cryptmethod": "sha512"})], author="root")
        assert dict(store.snapshot.table("site").rows[0])["comments"] == ""
        assert store.snapshot.site("master") == "10.0.0.1"
        await store.close()
        assert old.sql('SELECT "username", "colour", "cryptmethod" FROM "passwd"') == [("root", "blue", "sha512")]
        assert old.sql('SELECT "a" FROM "x_teal"') == [("kept",)]

    async def test_every_declared_column_exists_with_its_type(self, store: SqlStore, ground: Ground) -> None:
        for name, table in TABLES.items():
            expected = [(column.name, declared(ground.engine, table, column)) for column in table.columns]
            assert ground.columns(name) == expected, name

    async def test_a_view_in_the_place_of_a_table_is_an_error_that_names_it(self, bare: Ground) -> None:
        bare.sql('CREATE VIEW "site" AS SELECT 1 AS "one"')
        assert "site" in await refusal(bare)

    async def test_opening_twice_makes_nothing_new(self, ground: Ground) -> None:
        async def opened() -> tuple[int, list[str]]:
            store = await open_store(ground.location)
            await store.close()
            return store.snapshot.revision, sorted(traces(ground))

        assert await opened() == await opened()

    async def test_what_a_site_adds_is_made_in_a_database_that_exists(self, bare: Ground) -> None:
        store = await open_store(bare.location)
        await store.write([node("cn01", groups="all")], author="root")
        await store.close()
        store = await open_store(bare.location, schema=SITE_SCHEMA)
        assert store.schema is store.snapshot.schema is SITE_SCHEMA
        await store.write(
            [Replace("x_racks", [{"rack": "r2"}, {"rack": "r1"}]), node("cn01", x_asset="77")], author="root"
        )
        assert [row["rack"] for row in store.snapshot.table("x_racks").rows] == ["r2", "r1"]
        entry = (await store.history.entries())[-1]
        assert entry.tables == (("x_racks", 2), ("nodelist", 1))
        bare.sql("""INSERT INTO "x_racks" ("rack") VALUES ('foreign')""")
        assert bare.sql('SELECT "groups", "x_asset" FROM "nodelist"') == [("all", "77")]
        assert await store.refresh() == {"x_racks"}
        await store.close()

    async def test_what_a_site_takes_away_again_stays_in_the_database(self, bare: Ground) -> None:
        store = await open_store(bare.location, schema=SITE_SCHEMA)
        await store.write([Put("x_racks", {"rack": "r1"}, {})], author="root")
        await store.close()
        store = await open_store(bare.location)
        assert store.schema is STANDARD
        assert "x_racks" not in store.snapshot
        await store.write([Put("site", {"key": "a"}, {})], author="root")
        assert [change.table for change in await store.history.changes(1)] == ["x_racks"]
        await store.close()
        store = await open_store(bare.location, schema=SITE_SCHEMA)
        assert [row["rack"] for row in store.snapshot.table("x_racks").rows] == ["r1"]
        await store.close()

    async def test_two_daemons_that_open_a_new_database_at_once(self, bare: Ground) -> None:
        one, two = await asyncio.gather(open_store(bare.location), open_store(bare.location))
        await asyncio.gather(one.write([master("1")], author="x"), two.write([node("cn01")], author="x"))
        await one.refresh()
        assert (one.snapshot.site("master"), list(one.snapshot.table("nodelist").keys())) == ("1", ["cn01"])
        await one.close()
        await two.close()

    # -- versions -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("version", range(NEWEST))
    async def test_back_to_an_earlier_version_and_forward_again(self, old: Ground, version: int) -> None:
        store = await open_store(old.location)
        await store.write([node("cn01", groups="all")], author="root")
        await store.close()
        async with database(old) as opened:
            assert await opened.go_to(version) == (NEWEST, version)
            assert await opened.go_to(version) == (version, version)
        assert not [name for name in traces(old) if name.endswith(("insert", "update", "delete", "truncate", "change"))]
        assert bool(traces(old)) == (version > 0)
        old.sql("""UPDATE "nodelist" SET "groups" = 'meanwhile'""")
        assert old.sql('SELECT "colour" FROM "passwd"') == [("blue",)]
        store = await open_store(old.location)
        assert [row["groups"] for row in store.snapshot.table("nodelist").rows] == ["meanwhile"]
        old.sql("""UPDATE "nodelist" SET "groups" = 'now'""")
        assert await store.refresh() == {"nodelist"}
        assert [entry.id for entry in await store.history.entries()] == [1] * (version > 0)
        await store.close()

    async def test_a_version_that_there_is_not(self, ground: Ground) -> None:
        async with database(ground) as opened:
            for version in (-1, NEWEST + 1):
                with pytest.raises(UsageError, match=rf"no version {version} of the schema.*from 0 .*to {NEWEST}"):
                    await opened.go_to(version)

    async def test_a_newer_schema_is_refused_and_left_alone(self, store: SqlStore, ground: Ground) -> None:
        await store.write([master("1")], author="root")
        ground.sql(f"""UPDATE "xcatd_revision" SET "revision" = {NEWEST + 1} WHERE "name" = '@schema'""")
        before = sorted(ground.sql('SELECT "name", "revision" FROM "xcatd_revision"'))
        for alters in (True, False):
            told = await refusal(ground, alters=alters)
            assert f"has version {NEWEST + 1} of the schema, and this xcatd knows versions up to {NEWEST}" in told
            assert f"xcatd migrate --to {NEWEST}" in told
        async with database(ground) as opened:
            with pytest.raises(StoreError, match=f"has version {NEWEST + 1} of the schema"):
                await opened.go_to(0)
        assert sorted(ground.sql('SELECT "name", "revision" FROM "xcatd_revision"')) == before
        ground.sql(f"""UPDATE "xcatd_revision" SET "revision" = {NEWEST} WHERE "name" = '@schema'""")

    async def test_a_service_node_alters_nothing(self, old: Ground) -> None:
        assert "start the same version on the management node" in await refusal(old, alters=False)
        assert traces(old) == []
        await (await open_store(old.location)).close()
        store = await open_store(old.location, alters=False)
        assert store.snapshot.site("master") == "10.0.0.1"
        await store.write([master("10.0.0.2")], author="root")
        await store.close()
        old.sql('DROP TABLE "bootparams"')
        assert "start the same version on the management node" in await refusal(old, alters=False)
