"""Programs of the site are told of changes: a real daemon, commands and a foreign writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.alone import log_lines, served, typed, until
from tests.helpers.cluster import Daemon


@pytest.fixture
def daemon(idle: Daemon) -> Iterator[Daemon]:
    with served(idle) as running:
        yield running


def program(folder: Path, name: str, more: str = "") -> Path:
    """A program that writes what it reads into a file beside it, whole runs only."""
    path = folder / name
    path.write_text(f'#!/bin/sh\ntext=$(cat; echo .)\n{more}\necho "$text" >> "$0.heard"\n')
    path.chmod(0o755)
    return path


def heard(path: Path) -> list[str]:
    file = path.with_name(f"{path.name}.heard")
    return file.read_text().split(".\n")[:-1] if file.exists() else []


def added(node: str, rack: str) -> str:
    return f"a\nnodepos\n[old data]\n[new data]\nnode,rack\n{node},{rack}\n"


def test_a_program_hears_of_changes_from_its_registration_to_its_end(daemon: Daemon, tmp_path: Path) -> None:
    hook = program(tmp_path, "hook")
    typed(daemon, "nodeadd n1 groups=all nodepos.rack=r1", f"regnotif {hook} nodepos,nodehm -o a,d")
    typed(daemon, "nodeadd n2 groups=all nodepos.rack=r2", "nodech n2 nodepos.rack=r3", "noderm n2")
    until(lambda: len(heard(hook)) == 2, "the two changes")
    first, second = heard(hook)
    assert first == added("n2", "r2")
    assert second.startswith("d\nnodepos\n[old data]\nnode,rack,u,") and "\nn2,r3,," in second
    typed(daemon, f"unregnotif {hook}", "nodeadd n3 groups=all nodepos.rack=r4", "nodels")
    assert len(heard(hook)) == 2


def test_a_foreign_program_that_writes_is_noticed(daemon: Daemon, tmp_path: Path) -> None:
    hook = program(tmp_path, "hook")
    typed(daemon, f"regnotif {hook} nodepos")
    (database,) = daemon.root.rglob("*.sqlite")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO nodepos (node, rack) VALUES ('n7', 'r7')")
    until(lambda: heard(hook) == [added("n7", "r7")], "the foreign row")


def test_writers_do_not_wait_for_a_program_and_the_log_says_what_went_wrong(daemon: Daemon, tmp_path: Path) -> None:
    slow = program(tmp_path, "slow", f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; exit 7")
    typed(daemon, f"regnotif {slow} nodepos", "nodeadd n1 groups=all nodepos.rack=r1", "nodels n1 nodepos.rack")
    assert heard(slow) == []
    (tmp_path / "go").touch()
    until(lambda: "ended with status 7" in daemon.log(), "the line about the status")
    (line,) = [line for line in log_lines(daemon) if "ended with status 7" in line["event"]]
    assert line["event"] == f"notification: {slow} ended with status 7 (a change of table nodepos)"


def test_the_last_changes_are_told_before_the_daemon_ends(daemon: Daemon, tmp_path: Path) -> None:
    hook = program(tmp_path, "hook", "sleep 0.3")
    typed(daemon, f"regnotif {hook} nodepos", "nodeadd n1 groups=all nodepos.rack=r1")
    assert daemon.stop() == 0
    assert heard(hook) == [added("n1", "r1")]
