"""A disk that takes its time, or stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.consoles.log.recording import becomes, recorded, recording
from xcatd.consoles.log import writer
from xcatd.consoles.log.appending import Appending


@pytest.fixture
def before_each(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Have something happen in the thread that writes, before each write."""
    write = Appending.append

    def has(happens: Callable[[], object]) -> None:
        def append(file: Appending, octets: bytes) -> int:
            happens()
            return write(file, octets)

        monkeypatch.setattr(Appending, "append", append)

    return has


async def test_a_disk_that_stops_is_noticed_and_its_return_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_each: Callable[[Callable[[], object]], None]
) -> None:
    monkeypatch.setattr(writer, "_STUCK", 0.1)
    goes_on = threading.Event()
    before_each(goes_on.wait)
    try:
        async with recording(tmp_path) as logs:
            logs.said("n1", b"x\n")
            await becomes(lambda: "the disk has not answered for" in logs.trouble("n1"), "the trouble")
            goes_on.set()
            await becomes(lambda: not logs.trouble("n1"), "the end of it")
    finally:
        goes_on.set()
    assert recorded(tmp_path, "n1") == b"x\n"


async def test_many_logs_that_take_long_together_are_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_each: Callable[[Callable[[], object]], None]
) -> None:
    monkeypatch.setattr(writer, "_STUCK", 2.0)
    before_each(lambda: time.sleep(0.1))
    nodes = [f"n{number}" for number in range(22)]
    troubles = set()

    async with recording(tmp_path) as logs:
        for node in nodes:
            logs.said(node, b"x\n")

        def all_there() -> bool:
            troubles.add(logs.trouble("n1"))
            return (tmp_path / nodes[-1]).exists()

        await becomes(all_there, "the logs")
    assert troubles == {""}
    assert {recorded(tmp_path, node) for node in nodes} == {b"x\n"}
