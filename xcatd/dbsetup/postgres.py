"""PostgreSQL of this host: found or made, started, and asked as its administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xcatd.dbsetup.programs import find, need_root, run
from xcatd.dbsetup.systems import Service, family, how_to_install
from xcatd.errors import ConfigError, NotFound

ACCOUNT = "postgres"
PORT = 5432
OLDEST = 10
"""The first release with the log-in and the views of its own configuration that are used here."""
PACKAGES = {
    "debian": "postgresql",
    "rhel": "postgresql-server postgresql-contrib",
    "suse": "postgresql-server postgresql-contrib",
}
_SOCKETS = Path("/run/postgresql")
_DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
_DATA = Path("/var/lib/pgsql/data")
"""Of one that is not Debian's."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server of this host; what it is asked goes through its Unix socket, as its own account, which it believes."""

    title: str
    port: int
    service: Service

    def ask(self, sql: str, database: str = "postgres") -> list[str]:
        """The rows of what statements answer, columns with | between. They go in on standard input, where no list of
        processes shows them. Raises ConfigError."""
        where = [f"--host={_SOCKETS}", f"--port={self.port}", f"--username={ACCOUNT}", f"--dbname={database}"]
        how = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--no-password"]
        return run(["psql", *how, *where], stdin=sql, account=ACCOUNT).splitlines()

    def value(self, sql: str, database: str = "postgres") -> str:
        """The one value that a statement answers, "" for none."""
        return next(iter(self.ask(sql, database)), "")

    def setting(self, name: str) -> str:
        return self.value(f"SHOW {name};\n")

    def answers(self) -> bool:
        try:
            return self.value("SELECT 1;\n") == "1"
        except ConfigError:
            return False


def found() -> tuple[Postgres, Iterator[str]]:
    """The server, and what had to be done to have one that runs. NotFound: none is installed."""
    if find("pg_lsclusters"):
        return _debian()
    if find("postgresql-setup", "postgres") or _DATA.is_dir():
        return _other()
    raise NotFound(_missing())


def _missing() -> str:
    return f"PostgreSQL is not installed on this host: {how_to_install(PACKAGES)}, then run pgsqlsetup -i again"


def _debian() -> tuple[Postgres, Iterator[str]]:
    """Debian and its likes, which keep several servers ("clusters") apart by version and name."""
    versions = sorted((path.parts[-3] for path in _DEBIAN_PROGRAMS.glob("*/bin/postgres")), key=_number)
    if not versions:
        raise NotFound(_missing())
    need_root()
    said = []
    clusters = _clusters()
    if not clusters:
        run(["pg_createcluster", versions[-1], "main"])
        said.append(f"made the server {versions[-1]}/main")
        clusters = _clusters()
    version, name, port = max(clusters, key=lambda each: (each[2] == PORT, each[1] == "main", _number(each[0])))
    by_hand = {verb: ("pg_ctlcluster", version, name, verb) for verb in ("start", "restart", "reload")}
    service = Service(f"postgresql@{version}-{name}", by_hand, boot="postgresql")
    return Postgres(f"PostgreSQL {version}/{name}", port, service), iter(said)


def _clusters() -> list[tuple[str, str, int]]:
    lines = (line.split() for line in run(["pg_lsclusters", "--no-header"]).splitlines())
    return [(words[0], words[1], int(words[2])) for words in lines if len(words) > 2]


def _other() -> tuple[Postgres, Iterator[str]]:
    """The RHEL family and SLES: one server, whose configuration lies with its data."""
    need_root()
    said = []
    by_hand: dict[str, tuple[str, ...]] = {
        verb: ("pg_ctl", "--wait", f"--pgdata={_DATA}", f"--log={_DATA}/xcat-start.log", verb)
        for verb in ("start", "restart")
    }
    by_hand["reload"] = ("pg_ctl", f"--pgdata={_DATA}", "reload")
    if not (_DATA / "PG_VERSION").exists() and family() == "rhel":
        run(["postgresql-setup", "--initdb"])
        said.append(f"made the server in {_DATA}")
    return Postgres("PostgreSQL", PORT, Service("postgresql", by_hand, account=ACCOUNT)), iter(said)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))
