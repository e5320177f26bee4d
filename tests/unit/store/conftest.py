"""A real database per test: a file copied from one that is made once, or one of a server (see grounds.py)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.store.grounds import Ground, Grounds
from xcatd.store import SqlStore, open_store
from xcatd.store.location import Location

if TYPE_CHECKING:
    from tests.helpers.mariadb import MariaServer
    from tests.helpers.postgres import PostgresServer

pytest.register_assert_rewrite(
    *(f"tests.unit.store.{name}" for name in ("contract", "crowd", "engine.contract", "history.contract"))
)

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def path(empty_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_database, tmp_path / "xcat.sqlite"))


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqlStore]:
    opened = await open_store(path, patience=5)
    yield opened
    await opened.close()


@pytest.fixture
def sql(path: Path) -> Sql:
    """A foreign program that works on the same file: runs one statement and commits."""

    def run(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(path)) as connection, connection:
            return connection.execute(statement, parameters).fetchall()

    return run


@pytest.fixture
def sqlite_ground(path: Path) -> Iterator[Ground]:
    ground = Ground(Location.of_file(path))
    yield ground
    ground.close()


@pytest.fixture(scope="session")
def postgres_grounds(postgres_server: PostgresServer) -> Grounds:
    return Grounds(postgres_server)


@pytest.fixture(scope="session")
def mariadb_grounds(mariadb_server: MariaServer) -> Grounds:
    return Grounds(mariadb_server)


@pytest.fixture
def postgres_ground(postgres_grounds: Grounds) -> Iterator[Ground]:
    with postgres_grounds.lent() as ground:
        yield ground


@pytest.fixture
def mariadb_ground(mariadb_grounds: Grounds) -> Iterator[Ground]:
    with mariadb_grounds.lent() as ground:
        yield ground


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """A database of each kind, in turn."""
    found = request.getfixturevalue(f"{request.param}_ground")
    assert isinstance(found, Ground)
    return found


@pytest.fixture(params=["postgres", "mariadb"])
def server_grounds(request: pytest.FixtureRequest) -> Iterator[Grounds]:
    """The databases of each server, in turn. A test may stop the server."""
    found = request.getfixturevalue(f"{request.param}_grounds")
    assert isinstance(found, Grounds)
    yield found
    if not found.server.pids:
        found.server.start()
