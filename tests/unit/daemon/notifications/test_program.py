"""One run of a program."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.program import is_alive
from xcatd.daemon.notifications.program import run_program


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


async def test_it_reads_the_text_and_its_words(tmp_path: Path) -> None:
    program = script(tmp_path / "hook", 'cat > "$1"; pwd >> "$1"')
    assert await run_program(f"{program} '{tmp_path}/a file'", "a\nü\n", 20) == ""
    assert (tmp_path / "a file").read_text() == "a\nü\n/\n"


@pytest.mark.parametrize(
    ("text", "trouble"), [("exit 3", "ended with status 3"), ("exec 0<&-; exit 0", ""), ("kill -9 $$", "status -9")]
)
async def test_how_it_ended_is_said(tmp_path: Path, text: str, trouble: str) -> None:
    program = script(tmp_path / "hook", text)
    assert (await run_program(str(program), "x" * 1_000_000, 20)).endswith(trouble)


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        ("/nosuch/program", "cannot be run: No such file or directory"),
        ("/etc/passwd", "cannot be run: Permission denied"),
        ("/bin/sh 'x", "cannot be run: No closing quotation"),
        ("", "cannot be run: "),
    ],
)
async def test_what_cannot_be_run_is_said(command: str, trouble: str) -> None:
    assert (await run_program(command, "", 20)).startswith(trouble)


async def test_one_that_does_not_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    program = script(tmp_path / "hook", f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    assert await run_program(str(program), "", 1) == "did not end within 1 s and was killed"
    child = int((tmp_path / "child").read_text())
    await asyncio.to_thread(until, lambda: not is_alive(child), "the end of what it started")
