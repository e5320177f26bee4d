"""A database that is not as it should be: one sentence says what to do, and what can be served is served."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.cluster import Daemon, refused
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.onserver import name_database
from xcatd.model import Secret
from xcatd.store import Engine, Location, moving


@pytest.fixture
def moved(location: Location, idle: Daemon) -> Daemon:
    """A management node whose tables are on the server; it does not run. At the end it is stopped before they are dropped."""
    asyncio.run(_moved(idle, location))
    name_database(idle, location)
    return idle


@pytest.fixture
def daemon(moved: Daemon) -> Daemon:
    """The same, running, with a node and a copy of the tables on its disk."""
    moved.start()
    typed(moved, "nodeadd cn1 groups=all")
    until(lambda: (moved.root / "etc/xcat/replica/tables.copy").exists(), "the copy of the tables")
    return moved


async def _moved(daemon: Daemon, target: Location) -> None:
    async with moving(Location.of_file(daemon.root / "etc/xcat/xcat.sqlite"), target):
        pass


def wrong(location: Location) -> Location:
    return replace(location, password=Secret("Falsch.7"))


def test_a_wrong_password(moved: Daemon, location: Location) -> None:
    name_database(moved, wrong(location))
    sentence = refused(moved)
    assert f"The database {location.database} on 127.0.0.1" in sentence
    assert location.user in sentence and "correct" in sentence and "in cfgloc" in sentence
    assert "Falsch" not in sentence


def test_a_wrong_password_where_there_is_a_copy_of_the_tables(daemon: Daemon, location: Location) -> None:
    daemon.stop()
    name_database(daemon, wrong(location))
    daemon.start()
    seen = daemon.run("nodels")
    assert (seen.returncode, seen.stdout) == (0, "cn1\n")
    until(lambda: location.user in daemon.run("nodels").stderr, "the notice")
    assert daemon.run("chtab", "key=a", "site.value=b").returncode == 1
    name_database(daemon, location)
    daemon.stop()
    daemon.start()
    typed(daemon, "chtab key=a site.value=b")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Pg", "begins with /"),
        ("Oracle:dbname=xcatdb|a|b", "it begins with SQLite:, Pg: or mysql:"),
        ("Pg:dbname=xcatdb;host=mn1", "names no user"),
        ("mysql:host=mn1|u|Geheim.9", "names no database"),
        ("Pg:dbname=xcatdb;port=many|u|Geheim.9", "port=many is no port number"),
        ("Pg:dbname=xcatdb;sslmode=perhaps|u|Geheim.9", "sslmode=perhaps is none of"),
        ("DB2:xcatdb|u|Geheim.9", "not supported"),
    ],
)
def test_a_cfgloc_that_cannot_be_read(idle: Daemon, line: str, sentence: str) -> None:
    (idle.root / "etc/xcat/cfgloc").write_text(f"{line}\n")
    said = refused(idle)
    assert sentence in said
    assert "Geheim" not in said


def test_a_running_daemon_survives_a_cfgloc_that_cannot_be_read(daemon: Daemon) -> None:
    (daemon.root / "etc/xcat/cfgloc").write_text("Oracle:x|y|z\n")
    assert "begins with SQLite:" in refused(daemon, "-r")
    assert daemon.run("nodels").stdout == "cn1\n"


def test_a_database_of_a_newer_version(moved: Daemon, server: DatabaseServer, location: Location) -> None:
    server.sql(location.database, "UPDATE xcatd_revision SET revision = 99 WHERE name = '@schema'")
    said = refused(moved)
    assert "has version 99 of the schema" in said
    assert "xcatd migrate --to" in said


def test_there_is_no_such_database(moved: Daemon, location: Location) -> None:
    name_database(moved, replace(location, database="nowhere"))
    said = refused(moved)
    assert "nowhere on 127.0.0.1" in said and "cfgloc" in said


def test_a_table_that_somebody_has_dropped_is_made_again(
    daemon: Daemon, server: DatabaseServer, location: Location
) -> None:
    quote = '"' if location.engine is Engine.POSTGRES else "`"
    server.sql(location.database, f"DROP TABLE {quote}hosts{quote}")
    typed(daemon, "chtab node=cn1 hosts.ip=10.0.0.1")
    assert server.sql(location.database, f"SELECT ip FROM {quote}hosts{quote}") == [("10.0.0.1",)]


def test_a_database_that_became_read_only(daemon: Daemon, server: DatabaseServer, location: Location) -> None:
    if location.engine is Engine.POSTGRES:
        server.sql("", f"ALTER DATABASE {location.database} SET default_transaction_read_only = on")
    else:
        server.sql("", "SET GLOBAL read_only = 1")
    try:
        daemon.stop()
        daemon.start()
        seen = daemon.run("nodels")
        assert (seen.returncode, seen.stdout) == (0, "cn1\n")
        said = daemon.run("chtab", "key=a", "site.value=b")
        assert said.returncode == 1
        assert "is read only" in said.stderr
        assert [line for line in log_lines(daemon) if "can be read, and not written" in line["event"]]
    finally:
        if location.engine is Engine.MYSQL:
            server.sql("", "SET GLOBAL read_only = 0")
