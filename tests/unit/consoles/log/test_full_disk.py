"""A disk that is really full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.tmpfs import tmpfs
from tests.unit.consoles.log.recording import becomes, notes, recorded, recording
from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.disk import BOUND
from xcatd.consoles.log.places import Places


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with tmpfs(tmp_path / "disk", "4m") as path:
        yield path


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with (disk / "ballast").open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


async def test_what_is_said_meanwhile_is_kept_and_written_when_there_is_room_again(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = disk / "consoles"
    said = {"n1": b"", "n2": b""}
    async with recording(folder) as logs:

        def say(node: str, octets: bytes) -> None:
            logs.said(node, octets)
            said[node] += octets

        say("n1", b"before\n")
        await becomes(lambda: (folder / "n1").exists(), "the log")
        fill(disk)
        for number in range(2000):
            say("n1", f"{number:060}\n".encode())
        say("n2", b"a console that was not there yet\n")
        await becomes(lambda: logs.trouble("n1"), "the trouble")
        assert (
            logs.trouble("n2")
            == logs.trouble("n1")
            == (f"{folder} takes no logs of consoles: No space left on device; make room there")
        )
        (disk / "ballast").unlink()
        await becomes(lambda: not logs.trouble("n1"), "the end of the trouble")
        say("n1", b"after\n")
    assert {node: recorded(folder, node) for node in said} == said
    assert notes(Cursor(Places(folder), "n1")) == []
    assert [record.levelname for record in caplog.records if "takes no logs" in record.message] == ["WARNING"]


async def test_what_is_too_much_is_dropped_and_noted(disk: Path) -> None:
    folder = disk / "consoles"
    whole = b""
    async with recording(folder) as logs:
        logs.said("n1", b"before\n")
        await becomes(lambda: (folder / "n1").exists(), "the log")
        fill(disk)
        for number in range(60):
            octets = f"{number:09d}\n".encode() * 1000
            whole += octets
            logs.said("n1", octets)
            if number % 20 == 0:
                await becomes(lambda: logs.trouble("n1"), "the trouble")
        (disk / "ballast").unlink()
        await becomes(lambda: not logs.trouble("n1"), "the end of the trouble")
        logs.said("n1", b"after\n")
    there = recorded(folder, "n1")
    assert there.startswith(b"before\n")
    assert there.endswith(b"after\n")
    missing = len(b"before\nafter\n") + len(whole) - len(there)
    (note,) = notes(Cursor(Places(folder), "n1"))
    assert note.startswith(f"{missing} bytes are missing here, from 20")
    kept = next(count for count in range(0, BOUND + 11, 10) if there[:-6][-count - 10 :] != whole[-count - 10 :])
    begun = there[7:-6][:-kept]
    assert whole.startswith(begun)
    assert len(begun) + missing + kept == len(whole)
    assert BOUND // 2 < kept <= BOUND
