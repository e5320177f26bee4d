"""Logs of servers that no systemd listens to."""

from __future__ import annotations

import os
from pathlib import Path

from xcatd.services.managers.output import Output


def run(output: Output, *lines: str) -> None:
    """A server starts and says something."""
    with output.opened("server") as descriptor:
        for line in lines:
            os.write(descriptor, f"{line}\n".encode())


def test_last_words_are_of_the_last_run(tmp_path: Path) -> None:
    output = Output(tmp_path / "log/server.log")
    assert output.last_words() == ""

    run(output, "error: first")
    run(output, "begins")
    assert output.last_words() == "begins"

    run(output, "error: third", "bye")
    output.note("kills server, error")
    assert output.last_words() == "error: third"


def test_a_server_may_say_anything(tmp_path: Path) -> None:
    output = Output(tmp_path / "server.log")
    run(output, "x" * 100_000)
    with output.path.open("ab") as file:
        file.write(b"\xff\xfe cannot \x00\n")

    assert output.last_words().endswith("cannot \x00")


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
