"""Logs of servers that no systemd listens to."""

from __future__ import annotations

import os
from pathlib import Path

from xcatd.services.managers.output import Output
from xcatd.services.managers.words import SHORTLY


def run(output: Output, *lines: str) -> None:
    """A server starts and says something."""
    with output.opened("server") as descriptor:
        for line in lines:
            os.write(descriptor, f"{line}\n".encode())


def test_last_words_are_of_the_last_run(tmp_path: Path) -> None:
    output = Output(tmp_path / "log/server.log")
    assert output.last_words(1) == ""

    run(output, "error: first")
    run(output, "begins")
    assert output.last_words(1) == "begins"

    run(output, "error: third", "bye")
    output.note("kills server, error")
    assert output.last_words(1) == "error: third"


def test_what_was_said_long_before_the_end_is_not_why(tmp_path: Path) -> None:
    output = Output(tmp_path / "server.log")
    run(output, "error: no such file: a")
    said = output.path.stat().st_mtime
    assert output.last_words(1, said + SHORTLY - 1) == "error: no such file: a"
    assert output.last_words(1, said + SHORTLY + 1) == ""


def test_a_server_may_say_anything(tmp_path: Path) -> None:
    output = Output(tmp_path / "server.log")
    run(output, "x" * 100_000)
    with output.path.open("ab") as file:
        file.write(b"\xff\xfe cannot \x00\n")

    assert output.last_words(1).endswith("cannot \x00")


def test_it_is_not_for_everybody(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        output = Output(tmp_path / "server.log")
        run(output)
    finally:
        os.umask(before)

    assert output.path.stat().st_mode & 0o7777 == 0o640


def test_a_note_that_cannot_be_written_is_not_missed(tmp_path: Path) -> None:
    Output(tmp_path / "nowhere/server.log").note("kills server")

    assert list(tmp_path.iterdir()) == []
