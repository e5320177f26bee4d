"""The audit log in a real database: no row is lost or doubled, also while the database cannot be written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE
from xcatd.daemon import recorder as module
from xcatd.daemon.recorder import Recorder
from xcatd.model import Caller, Request, Role
from xcatd.policy import Decision
from xcatd.store import Put, SqlStore
from xcatd.store.spool import Spool

ALLOWED = Decision(True, "1", "row 1 allows it")
DENIED = Decision(False, "", "no row allows it")


def request(number: int = 1, command: str = "rpower", client_type: str = "cli", argv: tuple[str, ...] = ()) -> Request:
    caller = Caller("joe", Role.USER, host="desk", peer="192.0.2.9")
    return Request(f"r{number}", command, caller, argv, noderange="n1", client_type=client_type)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    made = Spool(tmp_path / "spool", again=0.01)
    yield made
    await made.close()


@pytest.fixture
def recorder(store: SqlStore, spool: Spool) -> Recorder:
    return Recorder(store, spool.append)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program writes for a long time."""
    other = sqlite3.connect(database)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.rollback()
        other.close()


async def rows(store: SqlStore, column: str = "command") -> list[str]:
    return [row[column] for row in await store.scan("auditlog")]


async def test_a_decision_becomes_a_line_in_the_log_and_a_row(
    store: SqlStore, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "xcatd.audit"):
        recorder.record(request(argv=("on",)), ALLOWED)
    assert vars(caplog.records[0])["facts"] == {
        "request": "r1",
        "caller": "joe",
        "role": "user",
        "client": "desk",
        "command": "rpower",
        "noderange": "n1",
        "args": "on",
        "decision": "Allowed",
        "reason": "row 1 allows it",
    }
    assert await rows(store) == []
    assert await recorder.flush()
    [row] = await store.scan("auditlog")
    assert [row[name] for name in ("userid", "clientname", "clienttype", "command", "noderange", "args", "status")] == [
        "joe",
        "desk",
        "cli",
        "rpower",
        "n1",
        "on",
        "Allowed",
    ]


async def test_more_rows_than_a_batch_are_written_in_their_order(
    store: SqlStore, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    for number in range(5):
        recorder.record(request(command=f"c{number}"), DENIED)
    assert await recorder.flush()
    assert await rows(store) == ["c0", "c1", "c2", "c3", "c4"]
    assert await rows(store, "status") == ["Denied"] * 5


async def test_two_who_flush_at_once_write_no_row_twice(store: SqlStore, recorder: Recorder) -> None:
    for number in range(3):
        recorder.record(request(command=f"c{number}"), ALLOWED)
    assert all(await asyncio.gather(recorder.flush(), recorder.flush(), recorder.flush()))
    assert await rows(store) == ["c0", "c1", "c2"]


async def test_rows_wait_while_the_database_cannot_be_written(
    store: SqlStore, database: Path, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.record(request(command="one"), ALLOWED)
    with locked(database):
        assert not await recorder.flush()
        recorder.record(request(command="two"), ALLOWED)
    assert caplog.messages[0].startswith("1 rows of the audit log wait: ")
    assert await recorder.flush()
    assert await rows(store) == ["one", "two"]


async def test_when_there_are_too_many_the_oldest_go_and_the_log_says_how_many(
    store: SqlStore, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for command in ("one", "two", "three", "four", "five"):
        recorder.record(request(command=command), ALLOWED)
    assert await recorder.flush()
    assert await rows(store) == ["four", "five"]
    assert caplog.messages == ["3 rows of the audit log were lost while the database could not be reached"]
    recorder.record(request(command="six"), ALLOWED)
    assert await recorder.flush()
    assert len(caplog.messages) == 1


async def test_what_is_dropped_while_it_is_written_is_neither_lost_nor_doubled(
    store: SqlStore, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    recorder.record(request(command="one"), ALLOWED)
    recorder.record(request(command="two"), ALLOWED)
    async with asyncio.TaskGroup() as group:
        group.create_task(recorder.flush())
        await asyncio.sleep(0)  # it has begun to write both
        recorder.record(request(command="three"), ALLOWED)
    assert await recorder.flush()
    assert await rows(store) == ["one", "two", "three"]


@pytest.mark.parametrize("skip", ["ALL", "nodels, rpower", "clienttype:cli"])
async def test_what_the_site_skips_stands_in_the_log_only(
    store: SqlStore, recorder: Recorder, caplog: pytest.LogCaptureFixture, skip: str
) -> None:
    await store.write([Put("site", {"key": "auditskipcmds"}, {"value": skip})], author="test")
    with caplog.at_level("INFO", "xcatd.audit"):
        recorder.record(request(), ALLOWED)
    assert await recorder.flush()
    assert caplog.messages == ["audit"]
    assert await rows(store) == []


async def test_what_is_not_skipped_is_kept(store: SqlStore, recorder: Recorder) -> None:
    skip = [Put("site", {"key": "auditskipcmds"}, {"value": "rpowerx,clienttype:other"})]
    await store.write(skip, author="test")
    recorder.record(request(), ALLOWED)
    recorder.record(request(client_type="other"), ALLOWED)
    assert await recorder.flush()
    assert await rows(store) == ["rpower"]


async def test_while_the_daemon_lives_rows_are_written_by_themselves(
    store: SqlStore,
    database: Path,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(module, "AGAIN", 0.0)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        keeping = group.create_task(recorder.keep())
        with locked(database):
            recorder.record(request(command="one"), ALLOWED)
            await asyncio.to_thread(until, lambda: caplog.messages, "the warning")
        while await rows(store) != ["one"]:
            pass
        recorder.record(request(command="two"), ALLOWED)
        while await rows(store) != ["one", "two"]:
            pass
        keeping.cancel()


async def test_what_cannot_be_written_at_the_end_is_left_for_the_next_daemon(
    recorder: Recorder, store: SqlStore, spool: Spool, database: Path, tmp_path: Path
) -> None:
    for number in range(3):
        recorder.record(request(number, f"c{number}"), ALLOWED)
    with locked(database):
        await recorder.leave()
    assert await rows(store) == []
    await spool.close()

    successor = Spool(tmp_path / "spool", again=0.01)
    async with asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(successor.deliver(store.write))
        async with asyncio.timeout(PATIENCE):
            while await rows(store) != ["c0", "c1", "c2"]:  # noqa: ASYNC110 - the disk has no event to wait for
                await asyncio.sleep(0.01)
        delivering.cancel()
    await successor.close()


async def test_what_can_be_written_at_the_end_is_not_left(recorder: Recorder, store: SqlStore, spool: Spool) -> None:
    recorder.record(request(), ALLOWED)
    await recorder.leave()
    assert await rows(store) == ["rpower"]
    assert spool.size == 0


async def test_a_disk_that_refuses_at_the_end_is_said(
    store: SqlStore, database: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(store, Spool(tmp_path / "file").append)
    recorder.record(request(), ALLOWED)
    with locked(database):
        await recorder.leave()
    assert "1 rows of the audit log are lost" in caplog.text
