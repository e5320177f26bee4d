"""A database that an earlier version of this program made, told by its own SQL, is taken to the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.store.contract import master
from tests.unit.store.engine.contract import database
from tests.unit.store.grounds import Ground
from xcatd.store import open_store
from xcatd.store.engine.versions import NEWEST
from xcatd.store.location import Location

FIRST = """
CREATE TABLE "site" ("key" VARCHAR(128), "value" TEXT, "comments" TEXT, "disable" TEXT, PRIMARY KEY ("key"));
CREATE TABLE "xcatd_revision" ("name" VARCHAR(128) NOT NULL, "revision" BIGINT NOT NULL, PRIMARY KEY ("name"));
CREATE TABLE "xcatd_history" ("id" INTEGER NOT NULL, "at" VARCHAR(32) NOT NULL, "user" TEXT NOT NULL,
    "client" TEXT NOT NULL, "request" TEXT NOT NULL, "command" TEXT NOT NULL, "words" TEXT NOT NULL,
    "tables" TEXT NOT NULL, PRIMARY KEY ("id"));
CREATE INDEX xcatd_history_at ON "xcatd_history" ("at");
CREATE TABLE "xcatd_history_rows" ("entry" INTEGER NOT NULL, "name" VARCHAR(128) NOT NULL, "data" BLOB NOT NULL,
    PRIMARY KEY ("entry", "name"));
CREATE INDEX xcatd_history_rows_name ON "xcatd_history_rows" ("name", "entry");
CREATE TRIGGER "xcatd_site_insert" AFTER INSERT ON "site" BEGIN
    UPDATE "xcatd_revision" SET "revision" = "revision" + 1 WHERE "name" = 'site'; END;
CREATE TRIGGER "xcatd_site_update" AFTER UPDATE ON "site" BEGIN
    UPDATE "xcatd_revision" SET "revision" = "revision" + 1 WHERE "name" = 'site'; END;
CREATE TRIGGER "xcatd_site_delete" AFTER DELETE ON "site" BEGIN
    UPDATE "xcatd_revision" SET "revision" = "revision" + 1 WHERE "name" = 'site'; END;
INSERT INTO "xcatd_revision" VALUES ('site', 1), ('@history', 4), ('@@sn1', 9);
INSERT INTO "site" ("key", "value") VALUES ('master', '10.0.0.1');
INSERT INTO "xcatd_history" VALUES (5, '2026-01-02T03:04:05.000Z', 'root', '', '', 'tabch', '', '[["site",1]]');
INSERT INTO "xcatd_history_rows" VALUES (5, 'site', CAST('[1,null,{"key":"master","value":"10.0.0.1"}]' || x'0a' AS BLOB));
"""
"""What version 1 made, with one row. There were all tables; these stand for them."""


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(Location.of_file(tmp_path / "first.sqlite"))
    for statement in FIRST.replace("; END", "~ END").split(";\n"):
        ground.sql(statement.replace("~ END", "; END"))
    yield ground
    ground.close()


async def test_everything_of_version_1_is_there_afterwards(first: Ground) -> None:
    store = await open_store(first.location)
    assert store.snapshot.site("master") == "10.0.0.1"
    (entry,) = await store.history.entries()
    assert (entry.id, entry.origin.command, entry.tables) == (5, "tabch", (("site", 1),))
    (change,) = await store.history.changes(5)
    assert (change.before, (change.after or {})["value"]) == (None, "10.0.0.1")
    await store.write([master("10.0.0.2")], author="root")
    assert [each.id for each in await store.history.entries()] == [5, 6]
    await store.close()
    marks: dict[str, int] = dict(first.sql("SELECT name, revision FROM xcatd_revision WHERE name LIKE '@%'"))
    assert marks == {"@history": 4, "@@sn1": 9, "@schema": NEWEST}


async def test_a_change_is_noted_once_and_no_old_trigger_is_left(first: Ground) -> None:
    await (await open_store(first.location)).close()
    ((before,),) = first.sql("SELECT revision FROM xcatd_revision WHERE name = 'site'")
    first.sql("UPDATE site SET value = 'x'")
    assert first.sql("SELECT revision FROM xcatd_revision WHERE name = 'site'") == [(before + 1,)]
    assert first.sql("SELECT name, revision, noted FROM xcatd_change") == [("site", before + 1, "6D6173746572")]
    assert first.sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'site'") == [(3,)]


async def test_back_to_version_1_the_old_tables_are_as_they_were(first: Ground) -> None:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'xcatd%' ORDER BY name"
    before = first.sql(tables)
    await (await open_store(first.location)).close()
    async with database(first) as opened:
        assert await opened.go_to(1) == (NEWEST, 1)
        assert first.sql(tables) == before
        assert first.sql("SELECT count(*) FROM xcatd_revision WHERE name = '@schema'") == [(0,)]
        assert first.sql("SELECT id FROM xcatd_history") == [(5,)]
        assert await opened.go_to(0) == (1, 0)
    assert first.sql(tables) == []
    assert first.sql("SELECT value FROM site") == [("10.0.0.1",)]
