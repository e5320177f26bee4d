"""When the copy on disk is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.hierarchy import keeping
from xcatd.hierarchy.keeping import Keeping
from xcatd.store import STANDARD
from xcatd.store.patch import Patch
from xcatd.store.replica import Copy, Replica, Step, read_replica

STEP: Step = {"site": Patch(("key",), [("a",)], whole=True)}


class Watched(Replica):
    """Remembers what it was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, STANDARD)
        self.path = path
        self.saved: list[int | None] = []
        self.fails = False

    def has_more_than(self, count: int) -> bool:
        return len(self.saved) > count

    def save(self, copy: Copy, steps: Sequence[Step] | None) -> bool:
        self.saved.append(None if steps is None else len(steps))
        if self.fails:
            raise OSError(28, "No space left on device")
        return super().save(copy, steps)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.001)


@pytest.fixture
def replica(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "tables.copy")


def now() -> Copy:
    return Copy(snapshot_of(site=[{"key": "a"}]), 1, datetime.now(UTC))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - a thread has no event to wait for
            await asyncio.sleep(0.001)


@asynccontextmanager
async def kept(keeping: Keeping) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(keeping.keep(now))
        yield
        task.cancel()


async def test_changes_are_saved_together_the_first_time_everything(replica: Watched) -> None:
    keeping = Keeping(replica)
    assert await keeping.load() is None
    async with kept(keeping):
        keeping.changed(STEP)
        await until(lambda: replica.saved == [None])
        for _ in range(5):
            keeping.changed(STEP)
        await until(lambda: replica.saved == [None, 5])
    await keeping.close(now)
    assert read_replica(replica.path, STANDARD).mark == 1


async def test_after_a_start_from_the_copy_only_changes_are_saved(replica: Watched) -> None:
    replica.save(now(), None)
    keeping = Keeping(replica)
    copy = await keeping.load()
    assert copy is not None
    async with kept(keeping):
        keeping.changed(STEP)
        await until(lambda: replica.saved == [None, 1])
    await keeping.close(now)


async def test_at_the_end_what_is_not_saved_is(replica: Watched) -> None:
    keeping = Keeping(replica)
    keeping.changed(STEP)
    await keeping.close(now)
    assert replica.saved == [None]


async def test_that_nothing_changed_is_noted_now_and_then(replica: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "CURRENT", 0.001)
    replica.save(now(), None)
    keep = Keeping(replica)
    copy = await keep.load()
    assert copy is not None
    async with kept(keep):
        await until(lambda: replica.saved[1:3] == [0, 0])
    await keep.close(now)
    assert read_replica(replica.path, STANDARD).when > copy.when


async def test_a_full_disk_is_said_once_and_then_everything_is_saved(
    replica: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    keeping = Keeping(replica)
    replica.fails = True
    async with kept(keeping):
        while len(replica.saved) < 3:
            before = len(replica.saved)
            keeping.changed(STEP)
            await until(partial(replica.has_more_than, before))
        replica.fails = False
        keeping.changed(STEP)
        await until(lambda: len(replica.saved) == 4)
    await keeping.close(now)
    assert replica.saved[:4] == [None] * 4
    assert caplog.text.count("the copy of the tables is not saved, and it is tried again: No space left on device") == 1


async def test_while_another_daemon_has_it_nothing_is_saved_and_then_everything(
    replica: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    other = Replica(replica.path, STANDARD)
    other.save(now(), None)
    keeping = Keeping(replica)
    assert await keeping.load() is not None
    async with kept(keeping):
        keeping.changed(STEP)
        await until(lambda: "another daemon of this host has it" in caplog.text)
        other.close()
        keeping.changed(STEP)
        await until(lambda: len(replica.saved) == 2)
    await keeping.close(now)
    assert replica.saved[:2] == [1, None]


async def test_many_changes_are_saved_as_the_whole(replica: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "STEPS", 10)
    monkeypatch.setattr(keeping, "ROWS", 5)
    replica.save(now(), None)
    keep = Keeping(replica)
    await keep.load()
    for _ in range(11):
        keep.changed(STEP)
    await keep._save(now())
    keep.changed({"site": Patch(("key",), [(str(number),) for number in range(6)])})
    await keep._save(now())
    keep.changed(STEP)
    await keep.close(now)
    assert replica.saved == [None, None, None, 1]


async def test_without_a_copy_nothing_happens() -> None:
    keeping = Keeping(None)
    assert await keeping.load() is None
    keeping.changed(STEP)
    await keeping.close(now)
