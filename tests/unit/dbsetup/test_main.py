"""What is said at once, before any server is looked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from xcatd.daemon.paths import Paths
from xcatd.dbsetup.main import USAGES, mysqlsetup, pgsqlsetup, sqlitesetup
from xcatd.store.location import Engine

Program = Callable[[list[str]], int]


@pytest.mark.parametrize(
    ("program", "engine"),
    [(pgsqlsetup, Engine.POSTGRES), (mysqlsetup, Engine.MYSQL), (sqlitesetup, Engine.SQLITE)],
)
def test_help_and_version(capsys: pytest.CaptureFixture[str], program: Program, engine: Engine) -> None:
    assert program(["-h"]) == program(["--help"]) == 0
    assert capsys.readouterr().out == 2 * f"{USAGES[engine]}\n"
    assert program(["-v"]) == program(["--version"]) == 0
    assert re.match(r"Version 3\.", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("program", "words", "sentence"),
    [
        (pgsqlsetup, [], "say what to do: -i sets up"),
        (pgsqlsetup, ["-N"], "say what to do: -i sets up"),
        (pgsqlsetup, ["-i", "--what"], "unrecognized arguments: --what"),
        (pgsqlsetup, ["-i", "-f", "hosts"], "unrecognized arguments: -f hosts"),
        (pgsqlsetup, ["-i", "--wait", "0"], "--wait takes a number of seconds above 0"),
        (pgsqlsetup, ["-i", "-l", "x'y"], '-l takes an address or a name of this host, or *, not "x\'y"'),
        (mysqlsetup, ["-u"], "say what to do: -i sets up"),
        (mysqlsetup, ["-f", "/dev/null"], "say what to do: -i sets up"),
        (mysqlsetup, ["-i", "-u", "-f", "/dev/null"], "-i does what -u does: use one of them"),
        (sqlitesetup, ["-i", "-N"], "unrecognized arguments: -N"),
    ],
)
def test_a_wrong_command_line(
    capsys: pytest.CaptureFixture[str], program: Program, words: list[str], sentence: str
) -> None:
    assert program(words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    first, *usage = shown.err.splitlines()
    assert first.startswith(f"Error: {sentence}")
    assert any("-i|--init" in line for line in usage)


def test_a_file_of_hosts_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert mysqlsetup(["-i", "-f", "/nowhere/hosts"]) == 1
    assert capsys.readouterr().err.startswith("Error: /nowhere/hosts: No such file or directory")


def test_a_service_node_is_told_where_to_do_it(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.settings.write_text("name: sn1\nmaster: mn1\n")
    assert sqlitesetup(["--root", str(host.root), "-i"]) == 1
    assert "This is a service node of mn1: run sqlitesetup there" in capsys.readouterr().err


def test_a_variable_that_names_another_database(
    host: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XCATCFG", "SQLite:/tmp")
    assert sqlitesetup(["--root", str(host.root), "-i"]) == 1
    assert "XCATCFG" in capsys.readouterr().err


def test_a_cfgloc_that_cannot_be_read_shows_no_password(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    host.cfgloc.write_text("Pg:host=mn1|xcatadm|geheim\n")
    assert sqlitesetup(["--root", str(host.root), "-i"]) == 1
    shown = capsys.readouterr()
    assert "cfgloc names no database" in shown.err
    assert "geheim" not in shown.out + shown.err


def test_more_hosts_for_a_database_that_is_not_in_use(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert pgsqlsetup(["--root", str(host.root), "-a", "10.0.0.7"]) == 1
    assert f"The tables are in {host.database}: move them with pgsqlsetup -i first" in capsys.readouterr().err


def test_the_tables_are_in_a_file_already(host: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = host.database.read_bytes()
    assert sqlitesetup(["--root", str(host.root), "-i"]) == 0
    assert capsys.readouterr().out == "data: already there, nothing to do\n"
    assert host.database.read_bytes() == before


def test_a_host_without_the_server(
    host: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("xcatd.dbsetup.programs._PATH", str(tmp_path))
    for program, package in ((pgsqlsetup, "PostgreSQL"), (mysqlsetup, "MariaDB")):
        assert program(["--root", str(host.root), "-i"]) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"Error: {package} is not installed on this host: ")
        assert f"; {host.database} is still in use: then run {program.__name__} -i again" in error
        assert len(error.splitlines()) == 1
