"""Looking at databases on real servers: what is seen, that nothing is changed, and what is said when there is nothing to see."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.databases import Certificates, DatabaseServer
from tests.helpers.looks import fill, things
from xcatd.errors import Away, ConfigError, NotFound, StoreError
from xcatd.model import Secret
from xcatd.store import STANDARD, Append, Location, Put, dump_table, last_records, look_at
from xcatd.store.location import Engine, Tls, Trust

NODES = [Put("nodelist", {"node": f"n{number}"}, {"groups": "all", "comments": "ä'\"\n"}) for number in range(3)]
LOGS = [Append("auditlog", {"userid": f"u{number}", "args": "x"}) for number in range(5)]


@pytest.fixture
def empty(server: DatabaseServer) -> Iterator[Location]:
    """A database without tables."""
    location = server.create()
    yield location
    server.drop(location)


@pytest.fixture(scope="module")
def location(server: DatabaseServer) -> Iterator[Location]:
    """One for all tests that only look."""
    made = server.create()
    yield fill(made, *NODES, *LOGS)
    server.drop(made)


def test_it_shows_what_a_file_would_show(server: DatabaseServer, location: Location, tmp_path: Path) -> None:
    file = fill(Location.of_file(tmp_path / "xcat.sqlite"), *NODES, *LOGS)
    seen, same = look_at(location), look_at(file)
    assert {name: dump_table(seen.snapshot.table(name)) for name in seen.snapshot} == {
        name: dump_table(same.snapshot.table(name)) for name in same.snapshot
    }
    assert (seen.missing, seen.uncounted, seen.moved) == (same.missing, same.uncounted, same.moved) == ((), (), False)
    assert seen.version == seen.newest == same.version > 0
    names = {Engine.POSTGRES: "PostgreSQL ", Engine.MYSQL: "MariaDB "}
    assert seen.program.startswith(names[location.engine])
    assert seen.tls.startswith("TLSv1.")


def test_only_the_tables_that_are_wanted(location: Location) -> None:
    seen = look_at(location, tables=["site"])
    assert not seen.snapshot.table("nodelist").rows


def test_nothing_is_changed(server: DatabaseServer, location: Location) -> None:
    look_at(location)  # the server's own books
    before = things(server, location)
    look_at(location)
    last_records(location, "auditlog", 2)
    assert things(server, location) == before


def test_nothing_is_made_in_a_database_without_tables(server: DatabaseServer, empty: Location) -> None:
    before = things(server, empty)
    seen = look_at(empty)
    assert set(seen.missing) == set(STANDARD.tables)
    assert (seen.version, seen.uncounted) == (0, ())
    assert last_records(empty, "auditlog", 2) == []
    assert things(server, empty) == before


def test_the_last_records_of_a_log_come_oldest_first(location: Location) -> None:
    records = last_records(location, "auditlog", 2)
    assert [[text for text in record if text and text.startswith("u")] for record in records] == [["u3"], ["u4"]]
    with pytest.raises(NotFound, match="No such log: nodelist"):
        last_records(location, "nodelist", 2)


def test_tables_columns_and_triggers_that_somebody_has_dropped(server: DatabaseServer, empty: Location) -> None:
    location = fill(empty, *NODES, *LOGS)
    quote = '"' if location.engine is Engine.POSTGRES else "`"
    server.sql(location.database, f"DROP TABLE {quote}site{quote}")
    server.sql(location.database, f"ALTER TABLE {quote}nodelist{quote} DROP COLUMN {quote}status{quote}")
    server.sql(location.database, f"ALTER TABLE {quote}auditlog{quote} DROP COLUMN {quote}args{quote}")
    where = ' ON "nodetype"' if location.engine is Engine.POSTGRES else ""
    server.sql(location.database, f"DROP TRIGGER {quote}xcatd_nodetype_update{quote}{where}")
    seen = look_at(location)
    assert set(seen.missing) == {"site", "nodelist.status", "auditlog.args"}
    assert seen.uncounted == ("nodetype",)
    assert [row["node"] for row in seen.snapshot.table("nodelist").rows] == ["n0", "n1", "n2"]
    assert last_records(location, "auditlog", 1)[0].count("u4") == 1


def test_a_newer_schema_is_read_all_the_same(server: DatabaseServer, location: Location) -> None:
    change = "UPDATE xcatd_revision SET revision = {} WHERE name = '@schema'"
    now = look_at(location, tables=()).version
    server.sql(location.database, change.format(99))
    try:
        seen = look_at(location)
    finally:
        server.sql(location.database, change.format(now))
    assert (seen.version, len(seen.snapshot.table("nodelist").rows)) == (99, 3)


def test_a_server_that_is_down(location: Location) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        gone = replace(location, port=taken.getsockname()[1])
        with pytest.raises(Away, match=r"cannot be reached \(Connection refused\): start it"):
            look_at(gone)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"password": Secret("Planted-password")}, "in cfgloc"),
        ({"user": "nobody-here"}, "in cfgloc"),
        ({"database": "nosuchdb"}, "setup -i"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_correct(location: Location, words: dict[str, str], said: str) -> None:
    with pytest.raises(StoreError) as caught:
        look_at(replace(location, **words))  # type: ignore[arg-type]
    assert not isinstance(caught.value, Away)
    assert said in str(caught.value)
    assert "Planted" not in repr(caught.value)
    assert location.password.reveal() not in str(caught.value)


def test_a_server_that_cannot_be_believed(location: Location, tmp_path: Path) -> None:
    other = Certificates(tmp_path / "other")
    with pytest.raises(StoreError, match="shows a certificate that cannot be believed"):
        look_at(replace(location, tls=Tls(Trust.VERIFY_FULL, str(other.ca))))


def test_files_of_tls_that_cannot_be_used(location: Location, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"The file .*/none.pem, which cfgloc names, cannot be used: No such file"):
        look_at(replace(location, tls=Tls(Trust.VERIFY_FULL, str(tmp_path / "none.pem"))))


def test_a_server_that_accepts_and_says_nothing(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xcatd.store.engine.looking.DIAL", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = replace(location, port=silent.getsockname()[1])
        with pytest.raises(Away, match=r"cannot be reached \(no answer\)"):
            look_at(deaf)
