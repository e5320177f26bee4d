"""Private database servers for tests; each worker of a test run has its own, made when the first test asks for one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.certificates import Certificates
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.mariadb import MariaServer, mariadb
from tests.helpers.postgres import PostgresServer, postgres

__all__ = [
    "Certificates",
    "DatabaseServer",
    "MariaServer",
    "PostgresServer",
    "mariadb",
    "open_folder",
    "postgres",
    "private_mariadb",
    "private_postgres",
]


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder into which the accounts of the servers can look, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="xcatd-database-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def private_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server with a folder and an authority of its own; nothing is left of it."""
    with open_folder() as folder, postgres(folder, Certificates(folder / "authority")) as server:
        yield server


@contextmanager
def private_mariadb() -> Iterator[MariaServer]:
    """A MariaDB server with a folder and an authority of its own; nothing is left of it."""
    with open_folder() as folder, mariadb(folder, Certificates(folder / "authority")) as server:
        yield server
