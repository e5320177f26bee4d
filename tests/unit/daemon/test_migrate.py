"""`xcatd migrate`: forward and back, and what it refuses."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from xcatd.daemon.handover import Lock
from xcatd.daemon.main import main
from xcatd.daemon.paths import Paths
from xcatd.store import Put, open_store


@pytest.fixture
def paths(database: Path, tmp_path: Path) -> Paths:
    """A management node with an empty database."""
    made = Paths(tmp_path / "root")
    made.make()
    shutil.copy(database, made.database)
    return made


def own_tables(paths: Paths) -> list[str]:
    with closing(sqlite3.connect(paths.database)) as connection:
        query = "SELECT name FROM sqlite_master WHERE name LIKE 'xcatd%' AND type IN ('table', 'trigger')"
        return [name for (name,) in connection.execute(query)]


def migrate(paths: Paths, *words: str) -> int:
    return main(["migrate", "--root", str(paths.root), *words])


def test_back_to_xcat_2_and_forward_again(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_write(paths))
    assert migrate(paths, "--to", "0") == 0
    assert own_tables(paths) == []
    assert migrate(paths) == 0
    assert migrate(paths) == 0
    path = paths.database
    assert capsys.readouterr().out.splitlines() == [
        f"{path} went from version 2 of the schema to 0",
        f"{path} went from version 0 of the schema to 2",
        f"{path} has version 2 of the schema already; nothing to do",
    ]
    assert asyncio.run(_read(paths)) == "10.0.0.1"


async def _write(paths: Paths) -> None:
    store = await open_store(paths.database)
    await store.write([Put("site", {"key": "master"}, {"value": "10.0.0.1"})], author="root")
    await store.close()


async def _read(paths: Paths) -> str:
    store = await open_store(paths.database)
    value = store.snapshot.site("master")
    await store.close()
    return value


def test_a_version_that_there_is_not(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = paths.database.read_bytes()
    assert migrate(paths, "--to", "7") == 1
    assert "There is no version 7 of the schema: name one from 0" in capsys.readouterr().err
    assert paths.database.read_bytes() == before


def test_not_under_a_running_daemon(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert Lock(paths.lock).take()
    assert migrate(paths, "--to", "1") == 1
    assert "serves" in capsys.readouterr().err


def test_not_on_a_service_node(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    paths.settings.write_text("master: mn1\n")
    assert migrate(paths) == 1
    assert "This is a service node of mn1" in capsys.readouterr().err


def test_not_without_a_database(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    paths.database.unlink()
    assert migrate(paths) == 1
    assert "There is no database" in capsys.readouterr().err
