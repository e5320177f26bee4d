"""Each kind of database has its dialect, and a driver is imported when its kind is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cluster import SOURCE, environment
from xcatd.store.engine.kinds import dialect_of
from xcatd.store.location import Engine, Location

DRIVERS = {Engine.SQLITE: "aiosqlite", Engine.POSTGRES: "asyncpg", Engine.MYSQL: "aiomysql"}


@pytest.mark.parametrize(
    ("engine", "name", "null_keys"),
    [(Engine.SQLITE, "Sqlite", True), (Engine.POSTGRES, "Postgres", False), (Engine.MYSQL, "Mysql", False)],
)
def test_the_dialect_of_a_location(engine: Engine, name: str, null_keys: bool) -> None:
    location = Location(engine, Path("/none"), database="x", host="h")
    dialect = dialect_of(location)
    assert (type(dialect).__name__, dialect.null_keys, dialect.keeps_order) == (name, null_keys, null_keys)
    assert dialect.name == location.named()


PROGRAM = """
import sys
from pathlib import Path
from xcatd.store.location import Engine, Location
from xcatd.store.engine.kinds import dialect_of
dialect_of(Location(Engine(sys.argv[1]), Path("/none"), database="x")).make_engine(1)
print(*sys.modules)
"""


@pytest.mark.parametrize("engine", list(Engine))
def test_only_the_driver_that_is_needed_is_imported(engine: Engine) -> None:
    words = [sys.executable, "-c", PROGRAM, engine]
    done = subprocess.run(words, capture_output=True, text=True, cwd=SOURCE, env=environment(), check=True)
    assert [driver for driver in DRIVERS.values() if driver in done.stdout.split()] == [DRIVERS[engine]]


@pytest.mark.parametrize("engine", list(Engine))
def test_changes_of_every_kind_are_counted(engine: Engine) -> None:
    dialect = dialect_of(Location(engine, Path("/none"), database="x"))
    events = ["insert", "update", "delete"] + ["truncate"] * (engine is Engine.POSTGRES)
    assert [name for name, _ in dialect.counting("site", ["key"])] == [f"xcatd_site_{event}" for event in events]
