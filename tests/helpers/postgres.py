"""A real PostgreSQL server of a test's own."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGQUIT
from typing import Any

from tests.helpers.certificates import Certificates
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.program import ENVIRONMENT, PATIENCE, under
from xcat_certs.layout import Credentials
from xcatd.store.location import Engine, Location

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
ssl = on
ssl_cert_file = '{folder}/server-cert.pem'
ssl_key_file = '{folder}/server-key.pem'
ssl_ca_file = '{folder}/ca.pem'
shared_buffers = 32MB
# Killed processes lose nothing that they wrote: only a host that fails would.
fsync = off
synchronous_commit = on
"""
_LOGINS = """
local   all all                     peer map=administrators
hostssl all +certified 127.0.0.1/32 cert
hostssl all all        127.0.0.1/32 scram-sha-256
"""
_ADMINISTRATORS = "administrators root postgres\n"


class PostgresServer(DatabaseServer):
    """Made and started by `postgres`. Its `socket` is the folder of the Unix socket."""

    engine = Engine.POSTGRES
    account = "postgres"
    stopping = SIGINT
    orphaned = SIGQUIT  # an end without order, but nothing of the shared memory is left

    @property
    def socket(self) -> Path:
        return self.folder

    def sql(self, database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(asyncio.run, self._sql(database or "postgres", statement, values)).result()

    async def _sql(self, database: str, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        import asyncpg  # type: ignore[import-untyped, unused-ignore]  # late: most tests need no database

        place = {"host": str(self.socket), "port": self.port, "user": "postgres", "database": database}
        connection = await asyncpg.connect(**place, timeout=PATIENCE)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    def _install(self) -> None:
        words = [str(binaries() / "initdb"), "-D", str(self.data), "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [*under(self.account), *words, "--auth=peer"],
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION.format(port=self.port, folder=self.folder))
        (self.data / "pg_hba.conf").write_text(_LOGINS)
        (self.data / "pg_ident.conf").write_text(_ADMINISTRATORS)

    def _words(self) -> Sequence[str]:
        return [str(binaries() / "postgres"), "-D", str(self.data)]

    def _answers(self) -> bool:
        words = [str(binaries() / "pg_isready"), "-q", "-h", str(self.socket), "-p", str(self.port)]
        return subprocess.run(words, env=ENVIRONMENT, timeout=PATIENCE).returncode == 0

    def _make(self, database: str, owner: str, password: str) -> None:
        self.sql("", f"CREATE ROLE {owner} LOGIN PASSWORD '{password}'")
        self.sql("", f"CREATE DATABASE {database} OWNER {owner}")

    def _admit(self, location: Location, user: str, place: Credentials) -> None:
        self.sql("", f'DROP ROLE IF EXISTS "{user}"')
        self.sql("", f'CREATE ROLE "{user}" LOGIN IN ROLE certified, {location.user}')
        self.sql("", f'ALTER ROLE "{user}" SET role = {location.user}')  # so that what he makes belongs to the owner

    def _remove(self, database: str, users: Iterable[str]) -> None:
        self.sql("", f"DROP DATABASE {database} WITH (FORCE)")
        for user in users:
            self.sql("", f'DROP ROLE "{user}"')


@contextmanager
def postgres(folder: Path, certificates: Certificates) -> Iterator[PostgresServer]:
    """A server that runs, with its data in a new folder `postgres` of `folder`."""
    server = PostgresServer(folder / "postgres", certificates)
    try:
        server.start()
        server.sql("", "CREATE ROLE certified")
        yield server
    finally:
        server.close()


def binaries() -> Path:
    """The folder of the newest PostgreSQL that is installed, in Debian's place."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    assert found, "no PostgreSQL server is installed: run scripts/bootstrap"
    return found[-1].parent
