"""The private database servers, judged by psql and the mariadb client: who gets in, and what survives which end."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from tests.helpers.certificates import Certificates
from tests.helpers.cluster import SOURCE, environment
from tests.helpers.databases import DatabaseServer, private_mariadb, private_postgres
from tests.helpers.program import is_alive, moments
from tests.helpers.proxy import Proxy
from tests.helpers.sqlclients import refusal, said, session, typed
from xcatd.model import Secret
from xcatd.store.location import Engine, Location, Trust


@pytest.fixture(autouse=True)
def running(server: DatabaseServer) -> Iterator[None]:
    yield
    if not server.pids:  # a test failed half-way
        server.start()


@pytest.fixture
def strangers(tmp_path: Path) -> Certificates:
    """Another authority of the same name."""
    return Certificates(tmp_path / "strangers")


@pytest.fixture
def kept(server: DatabaseServer) -> Location:
    """A database with one number."""
    location = server.create()
    said(location, "CREATE TABLE kept (number integer); INSERT INTO kept VALUES (1)")
    return location


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if is_alive(pid)]


def test_a_new_database_belongs_to_its_user_and_the_administrator_looks_in(server: DatabaseServer) -> None:
    location, other = server.create(), server.create()
    said(location, "CREATE TABLE nodes (node varchar(20) PRIMARY KEY, rack integer)")
    said(location, "INSERT INTO nodes VALUES ('n1', 7)")
    assert server.sql(location.database, "SELECT node, rack FROM nodes") == [("n1", 7)]
    assert server.sql(location.database, "INSERT INTO nodes VALUES ('n2', 8)") == []
    assert said(location, "SELECT node, rack FROM nodes WHERE rack > 7") == "n2\t8"
    assert "nodes" in typed(other, "SELECT * FROM nodes").stderr


def test_the_administrators_values_are_no_part_of_the_statement(server: DatabaseServer) -> None:
    place = "$1::text" if server.engine is Engine.POSTGRES else "%s"
    assert server.sql("", f"SELECT {place}", "'; DROP TABLE é") == [("'; DROP TABLE é",)]


async def test_the_administrator_types_while_the_loop_of_a_test_runs(server: DatabaseServer) -> None:
    assert server.sql("", "SELECT 1") == [(1,)]


def test_a_login_needs_the_password(server: DatabaseServer) -> None:
    error = refusal(replace(server.create(), password=Secret("wrong")))
    assert "password authentication failed" in error or "Access denied" in error


def test_a_login_needs_tls(server: DatabaseServer) -> None:
    location = server.create()
    assert said(location, "SELECT 6 * 7") == "42"
    error = refusal(replace(location, tls=replace(location.tls, trust=Trust.DISABLE)))
    assert "no encryption" in error or "Access denied" in error


def test_the_server_proves_that_it_is_of_the_tests_authority(server: DatabaseServer, strangers: Certificates) -> None:
    location = server.create()
    error = refusal(replace(location, tls=replace(location.tls, authority=str(strangers.ca))))
    assert "certificate verify failed" in error or "self-signed certificate" in error


def test_the_servers_certificate_names_the_address_and_localhost(server: DatabaseServer) -> None:
    location = server.create()
    for host in ("127.0.0.1", "localhost"):
        assert said(replace(location, host=host), "SELECT 6 * 7") == "42"


def test_a_second_user_logs_in_with_a_certificate_and_shares_the_tables(server: DatabaseServer) -> None:
    location = server.create()
    joe = server.certified(location, server.certificates.client("joe"))
    said(joe, "CREATE TABLE made_by_joe (number integer)")
    said(location, "INSERT INTO made_by_joe VALUES (5)")
    assert said(joe, "SELECT number FROM made_by_joe") == "5"
    server.drop(location)
    assert refusal(joe)


def test_a_certificate_lets_in_whom_it_names_only(server: DatabaseServer, strangers: Certificates) -> None:
    location = server.create()
    mn1 = server.certified(location, server.certificates.server("mn1"))
    assert said(mn1, "SELECT 6 * 7") == "42"
    for place in (server.certificates.client("jane"), strangers.server("mn1")):
        assert refusal(replace(mn1, tls=replace(mn1.tls, certificate=str(place.certificate), key=str(place.key))))
    assert refusal(replace(mn1, tls=location.tls))


def test_a_user_with_a_certificate_has_the_database_that_he_was_given_last(server: DatabaseServer) -> None:
    first, second = server.create(), server.create()
    for location in (first, second):
        jim = server.certified(location, server.certificates.client("jim"))
        said(jim, "CREATE TABLE made_by_jim (number integer)")
    assert "denied" in typed(replace(jim, database=first.database), "SELECT number FROM made_by_jim").stderr
    server.drop(first)
    assert said(jim, "SELECT count(*) FROM made_by_jim") == "0"


def test_data_and_port_are_the_same_after_a_stop(server: DatabaseServer, kept: Location) -> None:
    before = server.pids
    server.stop()
    assert (server.pids, alive(before)) == ([], [])
    assert refusal(kept)
    server.start()
    assert said(kept, "SELECT number FROM kept") == "1"
    assert server.pids[0] not in before


def test_what_was_committed_survives_a_kill_of_all_processes(server: DatabaseServer, kept: Location) -> None:
    with session(kept) as connected:
        assert connected.row("SELECT number FROM kept") == "1"
        before = server.pids
        server.kill()
        assert (server.pids, alive(before)) == ([], [])
        assert connected.row("SELECT number FROM kept") == ""
    server.start()
    assert said(kept, "SELECT number FROM kept") == "1"
    assert server.sql(kept.database, "SELECT number FROM kept") == [(1,)]


def test_a_server_outlives_the_thread_that_asked_for_its_start(server: DatabaseServer, kept: Location) -> None:
    server.stop()
    aside = threading.Thread(target=server.start)
    aside.start()
    aside.join()
    assert said(kept, "SELECT number FROM kept") == "1"
    assert alive(server.pids)


def test_a_server_that_cannot_start_says_why(server: DatabaseServer) -> None:
    server.stop()
    with (
        socket.create_server(("127.0.0.1", server.port)),
        pytest.raises(AssertionError, match=r"[Aa]ddress already in use"),
    ):
        server.start()
    assert server.pids == []
    server.start()
    assert server.sql("", "SELECT 1") == [(1,)]


def test_a_dropped_database_is_gone_with_its_user_though_somebody_is_connected(
    server: DatabaseServer, kept: Location
) -> None:
    with session(kept) as connected:
        assert connected.row("SELECT number FROM kept") == "1"
        server.drop(kept)
        assert connected.row("SELECT 1") == ""
    assert refusal(kept)


def test_a_test_breaks_the_network_between_client_and_server(server: DatabaseServer, kept: Location) -> None:
    with Proxy((server.host, server.port)) as network:
        afar = replace(kept, port=int(network.place.rpartition(":")[2]))
        with session(afar) as connected:
            assert connected.row("SELECT number FROM kept") == "1"
            network.cut()
            assert connected.row("SELECT number FROM kept") == ""
        network.refuse()
        assert refusal(afar)
        network.resume()
        assert said(afar, "SELECT number FROM kept") == "1"


@pytest.mark.parametrize("private", [private_postgres, private_mariadb])
def test_nothing_is_left_of_a_private_server(private: Callable[[], AbstractContextManager[DatabaseServer]]) -> None:
    with private() as server:
        pids, folder = server.pids, server.folder
        assert alive(pids)
    assert not alive(pids)
    assert not folder.exists()


ABANDONED = """
import sys
from tests.helpers import databases
with getattr(databases, sys.argv[1])() as server:
    print(*server.pids, server.data, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("private", ["private_postgres", "private_mariadb"])
def test_a_server_ends_when_the_tests_are_killed(private: str) -> None:
    words = [sys.executable, "-c", ABANDONED, private]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SOURCE, env=environment()
    ) as tests:
        assert tests.stdout is not None
        *pids, data = tests.stdout.readline().split()
        tests.kill()
    for _ in moments(f"the end of the processes {pids}"):
        if not alive([int(pid) for pid in pids]):
            break
    rmtree(Path(data).parents[1])
