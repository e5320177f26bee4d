"""A real MariaDB server of a test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

from tests.helpers.certificates import Certificates, one_line
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.program import ENVIRONMENT, PATIENCE, under
from xcat_certs import pem
from xcat_certs.layout import Credentials
from xcatd.store.location import Engine, Location

_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--require-secure-transport=ON",
    "--skip-name-resolve",
    "--skip-log-bin",
    # As Debian's configuration has it.
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    # Killed processes lose nothing that they wrote: only a host that fails would.
    "--innodb-flush-log-at-trx-commit=2",
    "--debug-no-sync",
)


class MariaServer(DatabaseServer):
    """Made and started by `mariadb`. Its `socket` is the file of the Unix socket."""

    engine = Engine.MYSQL
    account = "mysql"
    stopping = SIGTERM
    orphaned = SIGKILL

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    def sql(self, database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        import pymysql  # type: ignore[import-untyped, unused-ignore]  # late: most tests need no database

        connection = pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database or None, charset="utf8mb4", autocommit=True
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def _install(self) -> None:
        """Root of this host is the administrator, and nobody else has an account."""
        words = ["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db", "--debug-no-sync"]
        done = subprocess.run(
            [*under(self.account), *words], cwd="/", env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _words(self) -> Sequence[str]:
        places = {
            "datadir": self.data,
            "socket": self.socket,
            "pid-file": self.folder / "pid",
            "tmpdir": self.folder,
            "ssl-ca": self.folder / "ca.pem",
            "ssl-cert": self.folder / "server-cert.pem",
            "ssl-key": self.folder / "server-key.pem",
        }
        options = [f"--{name}={path}" for name, path in places.items()]
        return ["mariadbd", "--no-defaults", f"--port={self.port}", *_OPTIONS, *options]

    def _answers(self) -> bool:
        words = ["mariadb-admin", "--no-defaults", "-S", str(self.socket), "-u", "root", "ping"]
        return subprocess.run(words, env=ENVIRONMENT, capture_output=True, timeout=PATIENCE).returncode == 0

    def _make(self, database: str, owner: str, password: str) -> None:
        self.sql("", f"CREATE DATABASE {database}")
        self.sql("", f"CREATE USER {owner} IDENTIFIED BY %s", password)
        self.sql("", f"GRANT ALL ON {database}.* TO {owner}")

    def _admit(self, location: Location, user: str, place: Credentials) -> None:
        certificate = pem.read_certificate(place.certificate)
        names = one_line(certificate.subject), one_line(certificate.issuer)
        self.sql("", f"CREATE OR REPLACE USER `{user}` REQUIRE SUBJECT %s AND ISSUER %s", *names)
        self.sql("", f"GRANT ALL ON {location.database}.* TO `{user}`")

    def _remove(self, database: str, users: Iterable[str]) -> None:
        self.sql("", f"DROP DATABASE {database}")
        for user in users:
            self.sql("", f"DROP USER `{user}`")
            self.sql("", f"KILL USER `{user}`")


@contextmanager
def mariadb(folder: Path, certificates: Certificates) -> Iterator[MariaServer]:
    """A server that runs, with its data in a new folder `mariadb` of `folder`."""
    server = MariaServer(folder / "mariadb", certificates)
    try:
        server.start()
        yield server
    finally:
        server.close()
