"""An existing database is brought to the schema without losing anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from xcatd.errors import StoreError
from xcatd.store import STANDARD, TABLES, Column, Put, Replace, Schema, Table, open_store
from xcatd.store.engine.kinds import dialect_of
from xcatd.store.location import Location


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database in the form that xCAT 2 makes: fewer columns, one of its own, a table of its own, NULL in a key."""
    path = tmp_path / "xcat.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE site ("key" VARCHAR(128), "value" TEXT, "disable" TEXT, PRIMARY KEY ("key"))')
        connection.execute("INSERT INTO site VALUES ('master', '10.0.0.1', NULL)")
        connection.execute(
            'CREATE TABLE passwd ("key" VARCHAR(128), "username" VARCHAR(128), "password" TEXT, "colour" TEXT,'
            ' "comments" TEXT, "disable" TEXT, PRIMARY KEY ("key", "username"))'
        )
        connection.execute("INSERT INTO passwd VALUES ('system', 'root', 'x', 'blue', NULL, NULL)")
        connection.execute("CREATE TABLE x_teal (a TEXT)")
        connection.execute("INSERT INTO x_teal VALUES ('kept')")
    return path


async def test_missing_tables_and_columns_are_made_and_nothing_is_dropped(old: Path) -> None:
    store = await open_store(old)
    await store.write([Put("passwd", {"key": "system"}, {"cryptmethod": "sha512"})], author="root")
    assert dict(store.snapshot.table("site").rows[0])["comments"] == ""
    await store.close()
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT username, colour, cryptmethod FROM passwd").fetchall() == [
            ("root", "blue", "sha512")
        ]
        assert connection.execute("SELECT a FROM x_teal").fetchall() == [("kept",)]


async def test_every_declared_column_exists_with_its_type(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for name, table in TABLES.items():
            found = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info('{name}')")}
            assert list(found) == list(table.column_names)
            for column in table.columns:
                expected = "VARCHAR(128)" if column.name in table.keys and column.type == "TEXT" else column.type
                assert found[column.name] == expected.removesuffix(" AUTO_INCREMENT")


async def test_a_program_that_knows_only_xcat_2_can_leave_a_part_of_the_key_out(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO passwd (key, password) VALUES ('omapi', 'x')")
    store = await open_store(path)
    assert [row["password"] for row in store.snapshot.table("passwd").find("omapi")] == ["x"]
    await store.close()


async def test_a_view_in_the_place_of_a_table_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "xcat.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE VIEW site AS SELECT 1")
    with pytest.raises(StoreError, match="site"):
        await open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchall() == [(1,)]


async def test_opening_twice_makes_nothing_new(path: Path) -> None:
    async def opened() -> tuple[int, int]:
        store = await open_store(path)
        await store.close()
        with closing(sqlite3.connect(path)) as connection:
            ((schema,),) = connection.execute("PRAGMA schema_version")
        return schema, store.snapshot.revision

    assert await opened() == await opened()


async def test_opening_an_up_to_date_database_waits_for_no_writer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        store = await open_store(path, patience=0.05)
        await store.close()


def test_changes_of_every_kind_are_counted() -> None:
    dialect = dialect_of(Location.of_file(Path("/none")))
    assert [name for name, _ in dialect.counting("site", ["key"])] == [
        "xcatd_site_insert",
        "xcatd_site_update",
        "xcatd_site_delete",
    ]


RACKS = Table("x_racks", "racks", tuple(map(Column, ("rack", "node", "comments", "disable"), "1234")), ("rack",))
NODELIST = replace(TABLES["nodelist"], columns=(*TABLES["nodelist"].columns, Column("x_asset", "asset")))
SITE_SCHEMA = Schema({**TABLES, "x_racks": RACKS, "nodelist": NODELIST})


async def test_what_a_site_adds_is_made_in_a_database_that_exists(path: Path) -> None:
    store = await open_store(path)
    await store.write([Put("nodelist", {"node": "cn01"}, {"groups": "all"})], author="root")
    await store.close()
    store = await open_store(path, schema=SITE_SCHEMA)
    assert store.schema is store.snapshot.schema is SITE_SCHEMA
    await store.write(
        [Replace("x_racks", [{"rack": "r2"}, {"rack": "r1"}]), Put("nodelist", {"node": "cn01"}, {"x_asset": "77"})],
        author="root",
    )
    assert [row["rack"] for row in store.snapshot.table("x_racks").rows] == ["r2", "r1"]
    entry = (await store.history.entries())[-1]
    assert entry.tables == (("x_racks", 2), ("nodelist", 1))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO x_racks (rack) VALUES ('foreign')")
        assert connection.execute("SELECT groups, x_asset FROM nodelist").fetchall() == [("all", "77")]
    assert await store.refresh() == {"x_racks"}
    await store.close()


async def test_what_a_site_takes_away_again_stays_in_the_database(path: Path) -> None:
    store = await open_store(path, schema=SITE_SCHEMA)
    await store.write([Put("x_racks", {"rack": "r1"}, {})], author="root")
    await store.close()
    store = await open_store(path)
    assert store.schema is STANDARD
    assert "x_racks" not in store.snapshot
    await store.write([Put("site", {"key": "a"}, {})], author="root")
    assert [change.table for change in await store.history.changes(1)] == ["x_racks"]
    await store.close()
    store = await open_store(path, schema=SITE_SCHEMA)
    assert [row["rack"] for row in store.snapshot.table("x_racks").rows] == ["r1"]
    await store.close()
