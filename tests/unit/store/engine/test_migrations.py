"""Each kind of database is brought to the schema without losing anything, and what is particular to SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.store.engine.contract import OLD, MigrationContract, refusal
from tests.unit.store.grounds import Ground, Grounds
from xcatd.store import open_store
from xcatd.store.location import Location


class TestOnSqlite(MigrationContract):
    @pytest.fixture
    def ground(self, sqlite_ground: Ground) -> Ground:
        return sqlite_ground

    @pytest.fixture
    def bare(self, tmp_path: Path) -> Iterator[Ground]:
        ground = Ground(Location.of_file(tmp_path / "bare.sqlite"))
        yield ground
        ground.close()

    async def test_a_view_leaves_the_file_as_it_was(self, bare: Ground) -> None:
        bare.sql("CREATE VIEW site AS SELECT 1")
        assert "site" in await refusal(bare)
        assert bare.sql("SELECT count(*) FROM sqlite_master") == [(1,)]

    async def test_opening_twice_alters_nothing(self, ground: Ground) -> None:
        before = ground.sql("PRAGMA schema_version")
        await (await open_store(ground.location)).close()
        assert ground.sql("PRAGMA schema_version") == before

    async def test_keys_of_xcat_2_that_are_null(self, bare: Ground) -> None:
        for statement in OLD:
            bare.sql(statement)
        bare.sql("INSERT INTO passwd (key, password) VALUES ('ipmi', 'y')")
        store = await open_store(bare.location)
        assert [row["password"] for row in store.snapshot.table("passwd").find("ipmi")] == ["y"]
        await store.close()


class TestOnPostgres(MigrationContract):
    @pytest.fixture
    def ground(self, postgres_ground: Ground) -> Ground:
        return postgres_ground

    @pytest.fixture
    def bare(self, postgres_grounds: Grounds) -> Iterator[Ground]:
        with postgres_grounds.bare() as ground:
            yield ground

    async def test_a_view_leaves_the_database_as_it_was(self, bare: Ground) -> None:
        bare.sql('CREATE VIEW "site" AS SELECT 1 AS "one"')
        assert "site" in await refusal(bare)
        assert bare.sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [(1,)]


class TestOnMariadb(MigrationContract):
    @pytest.fixture
    def ground(self, mariadb_ground: Ground) -> Ground:
        return mariadb_ground

    @pytest.fixture
    def bare(self, mariadb_grounds: Grounds) -> Iterator[Ground]:
        with mariadb_grounds.bare() as ground:
            yield ground


async def test_a_program_that_knows_only_xcat_2_can_leave_a_part_of_the_key_out(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO passwd (key, password) VALUES ('omapi', 'x')")
    store = await open_store(path)
    assert [row["password"] for row in store.snapshot.table("passwd").find("omapi")] == ["x"]
    await store.close()


async def test_opening_an_up_to_date_database_waits_for_no_writer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        store = await open_store(path, patience=0.05)
        await store.close()
