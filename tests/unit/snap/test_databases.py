"""`xcatsnap` on a host whose tables are on a real database server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.databases import DatabaseServer
from tests.helpers.hosts import configured, copied
from tests.helpers.looks import fill, things
from tests.unit.snap.test_xcatsnap import planted, taken
from xcatd.daemon.cfgloc import OVERRIDE
from xcatd.daemon.paths import Paths
from xcatd.model import Secret
from xcatd.store import TABLES, Append, Location, Put
from xcatd.store.location import Engine


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return configured(tmp_path_factory.mktemp("snap") / "root")


@pytest.fixture(scope="module")
def location(server: DatabaseServer) -> Iterator[Location]:
    """A database with a secret in each cell that may hold one, and with logs."""
    rows = [(table, planted(table, number)) for number, table in enumerate(TABLES.values()) if not table.log]
    puts = [
        Put(table.name, {key: row[key] for key in table.keys}, row) for table, row in rows if len(row) > len(table.keys)
    ]
    logs = [Append("auditlog", {"userid": f"u{number}", "args": "x"}) for number in range(3)]
    made = server.create()
    yield fill(made, *puts, *logs, Append("auditlog", {"args": "chtab passwd.password=Planted-audit"}))
    server.drop(made)


@pytest.fixture
def host(installed: Paths, tmp_path: Path, location: Location) -> Paths:
    paths = copied(installed, tmp_path / "root")
    paths.database.unlink()
    paths.cfgloc.write_text(f"{location.line()}\n")
    return paths


def test_the_tables_and_the_state_of_the_database_are_there(
    host: Paths, server: DatabaseServer, location: Location, tmp_path: Path
) -> None:
    password = location.password.reveal()
    (host.log / "xcatd.log").write_text(
        f"connecting with {password}\nPg:dbname=old;host=mn1|xcatadm|Planted-old-password\n"
        "STATEMENT: CREATE ROLE x LOGIN PASSWORD 'Planted-role''s'\nSET PASSWORD = 'Planted-set'\n"
    )
    fill(location)
    before = things(server, location)
    files = taken(host, tmp_path / "out", "-B")
    assert things(server, location) == before
    assert "The tables are missing" not in files["README.txt"]
    assert "xxxxxxxx" in files["tables/ipmi.csv"]
    assert [line for line in files["tables/auditlog.csv"].splitlines() if '"u2"' in line]
    whole = "".join(files.values())
    assert "Planted" not in whole
    assert password not in whole
    state = files["database.txt"].splitlines()
    assert state[0] == f"database: {location.shown()}"
    assert state[1].startswith(f"held by: {'PostgreSQL' if location.engine is Engine.POSTGRES else 'MariaDB'} ")
    assert state[2].startswith("TLS: TLSv1.")
    assert {"moved away: no", "missing: nothing", "changes not counted: none", "rows of ipmi: 1"} <= set(state)
    assert files["settings/cfgloc"] == f"{location.shown()}|xxxxxxxx\n"
    assert "logs/database.txt" in files


def test_a_server_that_does_not_let_it_in(host: Paths, location: Location, tmp_path: Path) -> None:
    host.cfgloc.write_text(f"{replace(location, password=Secret('Planted-wrong')).line()}\n")
    files = taken(host, tmp_path / "out")
    assert "refuses" in files["errors/database.txt"]
    assert "The tables are missing: " in files["README.txt"]
    assert "[failed] :[mn]: Checking the database can be reached..." in files["diagnosis.txt"]
    assert "Planted" not in "".join(files.values())


def test_the_password_of_the_variable(
    host: Paths, location: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OVERRIDE, location.line())
    host.cfgloc.unlink()
    (host.log / "xcatd.log").write_text(f"connecting with {location.password.reveal()}\n")
    files = taken(host, tmp_path / "out", "-B")
    assert files["logs/xcatd.log"] == "connecting with xxxxxxxx\n"
    assert files["database.txt"].startswith(f"database: {location.shown()}\n")
