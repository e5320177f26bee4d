"""A cluster for each engine: a daemon, its database with a generated cluster in it, and a foreign program that writes there."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pymysql

from benchmarks.scale.filled import fill
from tests.helpers.cluster import Cluster, Daemon, build
from tests.helpers.databases import Certificates, DatabaseServer, MariaServer, PostgresServer, open_folder
from tests.helpers.onserver import name_database
from xcatd.daemon.paths import Paths
from xcatd.store import Location, copy_database

SQLITE, POSTGRES, MARIADB = ENGINES = ("SQLite", "PostgreSQL", "MariaDB")

_POSTGRES_SETTINGS = """
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 256MB
"""
_NO_SYNC = "--debug-no-sync"
_MARIADB_SETTINGS = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-doublewrite=1",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=256M",
)


class _DurablePostgres(PostgresServer):
    """What it acknowledges is on the disk. Of two settings in its file the later one counts."""

    def _install(self) -> None:
        super()._install()
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(_POSTGRES_SETTINGS)


class _DurableMaria(MariaServer):
    """What it acknowledges is on the disk. Of two options the later one counts; one that tests have must not be there."""

    def _words(self) -> Sequence[str]:
        return [*(word for word in super()._words() if word != _NO_SYNC), *_MARIADB_SETTINGS]


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster whose tables are with one engine; a service node may belong to it. `server` is None for SQLite."""

    engine: str
    cluster: Cluster
    location: Location
    server: DatabaseServer | None = None

    @property
    def daemon(self) -> Daemon:
        return self.cluster.management

    def sql(self, statement: str) -> None:
        """Another program connects, changes the database, and commits."""
        if self.server is not None:
            self.server.sql(self.location.database, statement)
            return
        with closing(sqlite3.connect(self.location.path, timeout=30)) as connection, connection:
            connection.execute(statement)

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
        """The same with a connection that lasts: what executes a statement and commits."""
        if isinstance(self.server, PostgresServer):
            connection = await asyncpg.connect(
                host=str(self.server.socket), port=self.server.port, user="postgres", database=self.location.database
            )
            try:
                yield connection.execute
            finally:
                await connection.close()
        elif self.server is not None:
            with (
                closing(
                    pymysql.connect(
                        unix_socket=str(self.server.socket),
                        user="root",
                        database=self.location.database,
                        autocommit=True,
                    )
                ) as maria,
                maria.cursor() as cursor,
            ):
                yield lambda statement: asyncio.to_thread(cursor.execute, statement)
        else:
            with closing(
                sqlite3.connect(self.location.path, timeout=30, isolation_level=None, check_same_thread=False)
            ) as file:
                yield lambda statement: asyncio.to_thread(file.execute, statement)

    def settings(self) -> str:
        """Which program holds the tables, and how durable its commits are, as it says itself."""
        if self.server is None:
            return f"SQLite {sqlite3.sqlite_version}, synchronous=FULL"
        if isinstance(self.server, PostgresServer):
            asked = "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
            release, fsync, commit = self.server.sql("", asked)[0]
            return f"PostgreSQL {release}, fsync={fsync}, synchronous_commit={commit}"
        (told,) = self.server.sql("", "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite")
        return "MariaDB {}, innodb_flush_log_at_trx_commit={}, innodb_doublewrite={}".format(*told)


@contextmanager
def places(engines: Sequence[str], nodes: int, services: Sequence[str] = ()) -> Iterator[list[Place]]:
    """A cluster for each engine, with `nodes` generated nodes and the same rows in all; nothing is started but the servers."""
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        servers = {engine: stack.enter_context(_server(engine, folder)) for engine in engines if engine != SQLITE}
        made = [_place(engine, folder / engine, servers.get(engine), nodes, services) for engine in engines]
        for place in made:
            stack.callback(place.cluster.stop)
        yield made


@contextmanager
def _server(engine: str, folder: Path) -> Iterator[DatabaseServer]:
    certificates = Certificates(folder / f"authority-{engine}")
    kind = _DurablePostgres if engine == POSTGRES else _DurableMaria
    server: DatabaseServer = kind(folder / f"server-{engine}", certificates)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _place(engine: str, folder: Path, server: DatabaseServer | None, nodes: int, services: Sequence[str]) -> Place:
    folder.mkdir()
    cluster = build(folder, services)
    paths = Paths(cluster.management.root)
    fill(paths.database, nodes, "node")
    if server is None:
        return Place(engine, cluster, Location.of_file(paths.database))
    location = server.create()
    asyncio.run(copy_database(Location.of_file(paths.database), location))
    paths.database.unlink()
    for daemon in cluster.all:
        name_database(daemon, location)
    return Place(engine, cluster, location, server)


def emptied(folder: Path) -> Path:
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
