"""What xcatprobe says of a host whose tables are on a real database server, as management node and as service node."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.databases import Certificates, DatabaseServer
from tests.helpers.hosts import copied, credentials_of, sign
from tests.helpers.looks import fill, things
from tests.unit.probe.seen import level, result, troubles
from xcat_certs.authority import Authority
from xcat_certs.names import Role
from xcatd.daemon.cfgloc import OVERRIDE
from xcatd.daemon.defaults import default_changes
from xcatd.daemon.paths import Paths
from xcatd.model import Secret
from xcatd.probe import Noted
from xcatd.probe.check import Level
from xcatd.store import Location, Snapshot
from xcatd.store.location import Engine, Tls, Trust

DATABASE = "database can be reached"
CFGLOC = "cfgloc names the database"
CERTIFICATES = "certificates that cfgloc names"


@pytest.fixture(scope="module")
def location(server: DatabaseServer, installed: Paths) -> Iterator[Location]:
    """The tables that `xcatconfig -i` makes, on the server."""
    made = server.create()
    yield fill(made, *default_changes(Snapshot.from_tables({}), installed, "mn1", ["127.0.0.1"], 3456))
    server.drop(made)


@pytest.fixture
def moved(host: Paths, location: Location) -> Paths:
    """The host, with its database on the server."""
    host.database.unlink()
    return named(host, location)


@pytest.fixture
def service(moved: Paths) -> Paths:
    """As if the host were a service node with the same cfgloc."""
    moved.settings.write_text(f"{moved.settings.read_text()}master: mn1\n")
    return moved


def named(host: Paths, location: Location) -> Paths:
    host.cfgloc.write_text(f"{location.line()}\n")
    host.cfgloc.chmod(0o600)
    return host


@pytest.mark.parametrize("kind", ["moved", "service"])
def test_a_host_whose_database_is_well(
    request: pytest.FixtureRequest, kind: str, server: DatabaseServer, location: Location
) -> None:
    host = request.getfixturevalue(kind)
    before = things(server, location)
    for title in (CFGLOC, CERTIFICATES, DATABASE, "root's alone"):
        assert (level(host, title), title) == (Level.OK, title) if title != CERTIFICATES else True
    assert things(server, location) == before
    (note,) = [each.text for each in result(host, DATABASE).findings if isinstance(each, Noted)]
    assert note.startswith(f"{location.named()}: {'PostgreSQL' if location.engine is Engine.POSTGRES else 'MariaDB'} ")
    assert ", TLSv1." in note


def test_checks_of_the_tables_look_at_the_server(moved: Paths, server: DatabaseServer, location: Location) -> None:
    assert level(moved, "policy lets root") is Level.OK
    assert level(moved, "site.master can be found") is Level.OK
    assert not moved.database.exists()


@pytest.mark.parametrize("kind", ["moved", "service"])
def test_a_password_that_is_wrong(request: pytest.FixtureRequest, kind: str, location: Location) -> None:
    host = named(request.getfixturevalue(kind), replace(location, password=Secret("Planted-wrong")))
    (said,) = troubles(host, DATABASE)
    assert level(host, DATABASE) is Level.FAILED
    assert "correct" in said
    assert "cfgloc" in said
    assert "Planted" not in said


def test_a_database_that_does_not_exist(moved: Paths, location: Location) -> None:
    (said,) = troubles(named(moved, replace(location, database="nosuchdb")), DATABASE)
    setup = "pgsqlsetup -i" if location.engine is Engine.POSTGRES else "mysqlsetup -i"
    assert "nosuchdb on 127.0.0.1" in said
    assert setup in said


def test_a_server_that_is_down_is_called_once(moved: Paths, location: Location) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        gone = replace(location, port=taken.getsockname()[1])
        (said,) = troubles(named(moved, gone), DATABASE)
        assert said.startswith(f"The database {gone.named()} cannot be reached (Connection refused): ")
        left_out = result(moved, "policy lets root")
        assert left_out.level is Level.INFO
        assert left_out.title.endswith("left out, the tables cannot be read")


def test_a_database_without_tables(moved: Paths, server: DatabaseServer) -> None:
    empty = server.create()
    try:
        (said,) = troubles(named(moved, empty), DATABASE)
        assert level(moved, DATABASE) is Level.FAILED
        assert said.endswith("has no tables: correct dbname in cfgloc, or make them with `xcatconfig -d`")
    finally:
        server.drop(empty)


def test_a_database_that_is_not_as_this_xcatd_has_it(server: DatabaseServer, host: Paths, tmp_path: Path) -> None:
    """On a service node that is an error: only the management node makes what is missing."""
    own = fill(server.create())
    try:
        named(host, own)
        drop = "DROP TRIGGER xcatd_site_insert" + (" ON site" if own.engine is Engine.POSTGRES else "")
        server.sql(own.database, drop)
        (said,) = troubles(host, DATABASE)
        assert said.startswith(f"Changes of 1 tables (site) are not counted in {own.named()}, ")
        server.sql(own.database, "ALTER TABLE nodelist DROP COLUMN status")
        (said,) = troubles(host, DATABASE)
        assert said.endswith("lacks 1 tables or columns (nodelist.status): they are made when xcatd starts")
        assert level(host, DATABASE) is Level.WARNING
        other = copied(host, tmp_path / "sn")
        other.settings.write_text(f"{other.settings.read_text()}master: mn1\n")
        assert level(other, DATABASE) is Level.FAILED
        assert "start it on the management node first" in troubles(other, DATABASE)[0]
        server.sql(own.database, "INSERT INTO xcatd_revision (name, revision) VALUES ('@moved', 1)")
        server.sql(own.database, "UPDATE xcatd_revision SET revision = 99 WHERE name = '@schema'")
        newer, left, _ = troubles(host, DATABASE)
        assert "has version 99 of the schema, and this xcatd knows versions up to " in newer
        assert left.startswith(f"The tables were moved away from {own.named()}, ")
    finally:
        server.drop(own)


def test_a_server_whose_authority_is_another(moved: Paths, location: Location, tmp_path: Path) -> None:
    other = Certificates(tmp_path / "other")
    (said,) = troubles(named(moved, replace(location, tls=Tls(Trust.VERIFY_FULL, str(other.ca)))), DATABASE)
    assert "shows a certificate that cannot be believed" in said


def test_a_server_that_need_not_prove_who_it_is(moved: Paths, location: Location) -> None:
    (said,) = troubles(named(moved, replace(location, host="db.example", tls=Tls())), CFGLOC)
    assert said.startswith("db.example does not have to prove that it is the database server, ")
    words = "sslmode=verify-full" if location.engine is Engine.POSTGRES else "mysql_ssl_verify_server_cert=1"
    assert f"write {words};" in said
    assert level(named(moved, replace(location, tls=Tls())), CFGLOC) is Level.OK, "it is this host"


def certified(server: DatabaseServer, location: Location, folder: Path, left: timedelta) -> Location:
    """The database for a user with a certificate that ends in `left` from now."""
    then = datetime.now(UTC) + left - timedelta(days=300)
    place = credentials_of(server.certificates.authority, folder, Role.USER, "probe")
    sign(Authority.open(server.certificates.ca.parent / "ca", clock=lambda: then), place, Role.USER, "probe")
    return server.certified(location, place)


@pytest.mark.parametrize(
    ("days", "expected", "said"),
    [(200, Level.OK, ""), (10, Level.WARNING, "in 9 days: renew it"), (-2, Level.FAILED, "has expired on")],
)
def test_a_certificate_instead_of_a_password(
    moved: Paths, server: DatabaseServer, location: Location, tmp_path: Path, days: int, expected: Level, said: str
) -> None:
    named(moved, certified(server, location, tmp_path / "probe", timedelta(days=days)))
    shown = result(moved, CERTIFICATES)
    own = [each.text for each in shown.findings if "probe/client-cert.pem" in each.text]
    assert (shown.level, len(own)) == (expected, 1)
    assert said in own[0]
    assert level(moved, DATABASE) is (Level.FAILED if days < 0 else Level.OK)


def test_files_of_tls_that_are_not_there(moved: Paths, location: Location, tmp_path: Path) -> None:
    named(moved, replace(location, tls=Tls(Trust.VERIFY_FULL, str(tmp_path / "none.pem"))))
    assert troubles(moved, CERTIFICATES)[0].startswith(f"Cannot read {tmp_path}/none.pem, the certificate that cfgloc ")
    assert "which cfgloc names, cannot be used" in troubles(moved, DATABASE)[0]


def test_a_key_of_the_client_that_others_may_read(
    moved: Paths, server: DatabaseServer, location: Location, tmp_path: Path
) -> None:
    with_key = certified(server, location, tmp_path / "probe", timedelta(days=30))
    Path(with_key.tls.key).chmod(0o644)
    said = troubles(named(moved, with_key), "root's alone")
    assert said[0].startswith(f"{with_key.tls.key} may be used by others (mode 644): chmod 600")


def test_the_variable_counts_and_is_said(moved: Paths, location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(location, database="nosuchdb", password=Secret("Planted-variable"))
    monkeypatch.setenv(OVERRIDE, other.line())
    (said,) = troubles(moved, CFGLOC)
    assert said.startswith(f"The variable XCATCFG counts here instead of {moved.cfgloc}, and says {location.engine}:")
    assert "Planted" not in said
    assert "nosuchdb" in troubles(moved, DATABASE)[0]
    monkeypatch.setenv(OVERRIDE, location.line())
    assert level(moved, CFGLOC) is Level.OK


def test_a_service_node_without_cfgloc_opens_no_database(service: Paths) -> None:
    service.cfgloc.unlink()
    shown = result(service, DATABASE)
    assert (shown.level, shown.title) == (Level.INFO, f"the {DATABASE}: left out, the tables come over the link")
    assert level(service, CFGLOC) is Level.OK


def test_where_cfgloc_cannot_be_read_the_other_checks_are_left_out(moved: Paths) -> None:
    named(moved, Location(Engine.POSTGRES, database="x")).cfgloc.write_text("Pg:host=mn1|xcatadm|Planted-cfgloc\n")
    (said,) = troubles(moved, CFGLOC)
    assert said.startswith("cfgloc names no database: write Pg:dbname=NAME")
    assert "Planted" not in said
    for title in (DATABASE, CERTIFICATES):
        assert result(moved, title).title.endswith("left out, cfgloc cannot be read")
    assert level(moved, "policy lets root") is Level.INFO


def test_a_file_in_another_folder(host: Paths, tmp_path: Path) -> None:
    """As SQLite:FOLDER in cfgloc has it; this needs no server."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.move(host.database, folder / "xcat.sqlite")
    for rest in host.etc.glob("xcat.sqlite-*"):
        rest.unlink()
    host.cfgloc.write_text(f"SQLite:{folder}\n")
    host.cfgloc.chmod(0o600)
    assert level(host, DATABASE) is Level.OK
    (folder / "xcat.sqlite").chmod(0o644)
    assert troubles(host, "root's alone")[0].startswith(f"{folder / 'xcat.sqlite'} may be used by others")
