"""Writes that wait are done later: all of them, in order, each one once, whoever is killed in between."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers.cluster import environment
from xcatd.errors import Conflict, NotFound, StoreError, XcatError
from xcatd.model import Origin
from xcatd.store import Append, Change, SqlStore
from xcatd.store.changes import Once
from xcatd.store.records import record
from xcatd.store.spool import Spool
from xcatd.store.spoolfile import line_of

AWAY = StoreError("The management node cannot be reached")


def report(number: int) -> list[Change]:
    return [Append("auditlog", {"userid": str(number)})]


@dataclass
class Above:
    """Takes writes as a management node would: what has been done is not done again."""

    done: list[str] = field(default_factory=list)
    authors: list[Origin] = field(default_factory=list)
    asked: int = 0
    away: bool = False
    refuses: dict[str, XcatError] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    async def __call__(self, changes: Sequence[Change], *, author: Origin, once: Once) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise AWAY
        users = [change.values["userid"] for change in changes if isinstance(change, Append)]
        assert len(users) == len(changes)
        for user in users:
            if user in self.refuses:
                raise self.refuses[user] if len(users) > 1 else self.refuses.pop(user)
        if once.serial > self.last.get(once.writer, 0):
            self.last[once.writer] = once.serial
            self.done += users
            self.authors.append(author)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - other threads and the disk have no event to wait for
            await asyncio.sleep(0.001)


@asynccontextmanager
async def delivering(spool: Spool, above: Above) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(spool.deliver(above))
        yield
        task.cancel()


async def test_what_is_appended_is_done_in_order(tmp_path: Path) -> None:
    spool, above = Spool(tmp_path), Above()
    async with delivering(spool, above):
        for number in range(20):
            await spool.append(report(number), Origin("ann", "desk7"))
        await until(lambda: len(above.done) == 20 and spool.size == 0)
    assert above.done == [str(number) for number in range(20)]
    assert set(above.authors) == {Origin("ann", "desk7")}
    await spool.close()
    assert list(tmp_path.iterdir()) == []


async def test_while_the_management_node_is_away_they_wait(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool, above = Spool(tmp_path, again=0.001), Above(away=True)
    async with delivering(spool, above):
        await spool.append(report(1), "root")
        await spool.append(report(2), "root")
        await until(lambda: above.asked > 5)
        assert above.done == []
        above.away = False
        await until(lambda: above.done == ["1", "2"])
    assert caplog.text.count("writes wait in") == 1
    await spool.close()


async def test_many_of_one_author_are_done_in_one_and_those_of_another_behind_them(tmp_path: Path) -> None:
    spool, above = Spool(tmp_path), Above()
    for number, author in enumerate(("ann", "ann", "bob", "ann")):
        await spool.append(report(number), Origin(author))
    async with delivering(spool, above):
        assert await spool.settled(20)
    assert above.done == ["0", "1", "2", "3"]
    assert [author.user for author in above.authors] == ["ann", "bob", "ann"]
    await spool.close()


async def test_what_was_on_its_way_together_stays_together(tmp_path: Path) -> None:
    """The answer is lost: it is repeated without what has come since, else a part of it would be done twice."""
    spool, above = Spool(tmp_path, again=0.001), Above()
    lost = asyncio.Event()

    async def write(changes: Sequence[Change], *, author: Origin, once: Once) -> None:
        await above(changes, author=author, once=once)
        if not lost.is_set():
            await spool.append(report(9), "root")
            lost.set()
            raise AWAY

    for number in range(3):
        await spool.append(report(number), "root")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(spool.deliver(write))
        await lost.wait()
        await until(lambda: spool.size == 0)
        task.cancel()
    assert above.done == ["0", "1", "2", "9"]
    await spool.close()


async def test_nobody_waits_longer_than_he_wants(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    await spool.append(report(1), "root")
    assert not await spool.settled(0.01)
    await spool.close()


async def test_those_of_a_daemon_that_is_gone_come_first(tmp_path: Path) -> None:
    gone, spool, above = Spool(tmp_path), Spool(tmp_path), Above()
    for number in range(3):
        await gone.append(report(number), "root")
    await spool.append(report(7), "root")
    await gone.close()
    async with delivering(spool, above):
        await until(lambda: len(above.done) == 4 and spool.size == 0)
    assert above.done == ["0", "1", "2", "7"]
    await spool.close()
    assert list(tmp_path.iterdir()) == []


async def test_those_of_a_daemon_that_still_runs_are_left_to_it(tmp_path: Path) -> None:
    other, spool, above = Spool(tmp_path), Spool(tmp_path), Above()
    await other.append(report(1), "root")
    await spool.append(report(2), "root")
    async with delivering(spool, above):
        await until(lambda: above.done == ["2"])
    async with delivering(other, above):
        await until(lambda: above.done == ["2", "1"])
    for each in (other, spool):
        await each.close()


async def test_what_can_never_be_done_is_given_up_with_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path)
    above = Above(refuses={"1": NotFound("No such table: x"), "3": Conflict("The row has changed")})
    async with delivering(spool, above):
        for number in range(5):
            await spool.append(report(number), "ann")
        await until(lambda: len(above.done) == 3)
    assert above.done == ["0", "2", "4"]
    for why in ("No such table: x", "The row has changed"):
        assert f"a write of ann that waited cannot be done and is given up: {why}" in caplog.text
    await spool.close()


async def test_what_another_release_wrote_in_another_form_is_given_up_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    strange = [{"serial": 1}, {"serial": 2, "author": {"shoe": "9"}, "changes": []}, {"changes": [["drop", "site"]]}]
    (tmp_path / "old.spool").write_bytes(b"".join(map(record, strange)) + line_of(report(7), Origin("ann"), 3))
    spool, above = Spool(tmp_path), Above()
    async with delivering(spool, above):
        await until(lambda: above.done == ["7"])
    assert caplog.text.count("cannot be read, because it is of another release, and is given up") == 3
    await spool.close()


async def test_who_closes_it_while_it_delivers_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    above = Above()
    for round_ in range(20):
        spool = Spool(tmp_path)
        async with delivering(spool, above):
            async with asyncio.TaskGroup() as group:
                for number in range(5):
                    group.create_task(spool.append(report(round_ * 5 + number), "root"))
            await until(lambda round_=round_: len(above.done) > round_ * 4)
            await spool.close()
    last = Spool(tmp_path)
    async with delivering(last, above):
        await until(lambda: len(above.done) == 100)
    await last.close()
    assert (sorted(map(int, above.done)), caplog.text) == (list(range(100)), "")


async def test_a_full_spool_refuses_and_loses_nothing(tmp_path: Path) -> None:
    spool, above = Spool(tmp_path, limit=2000), Above()
    kept = 0
    with pytest.raises(StoreError, match=r"bytes of writes wait in .* no more than 2000 may: bring its link up again"):
        for number in range(1000):
            await spool.append(report(number), "root")
            kept += 1
    assert 5 < kept < 30
    async with delivering(spool, above):
        await until(lambda: len(above.done) == kept)
        await until(lambda: spool.size == 0)
        await spool.append(report(kept), "root")
        await until(lambda: len(above.done) == kept + 1)
    await spool.close()


async def test_many_at_once_are_all_on_disk(tmp_path: Path) -> None:
    spool, above = Spool(tmp_path), Above()
    async with asyncio.TaskGroup() as group:
        for number in range(300):
            group.create_task(spool.append(report(number), "root"))
    await spool.close()
    again = Spool(tmp_path)
    async with delivering(again, above):
        await until(lambda: len(above.done) == 300)
    assert above.done == [str(number) for number in range(300)]
    await again.close()


async def test_a_caller_that_is_cancelled_stops_nobody_else(tmp_path: Path) -> None:
    spool, above = Spool(tmp_path), Above()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(spool.append(report(1), "root"))
        others = [group.create_task(spool.append(report(number), "root")) for number in (2, 3)]
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait(others)
    async with delivering(spool, above):
        await until(lambda: above.done[-2:] == ["2", "3"])
    await spool.close()


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"A write could not be kept in .*, so it was not done: "):
        await Spool(tmp_path / "file").append(report(1), "root")


WRITER = """
import asyncio, sys
from pathlib import Path
from xcatd.store import Append, open_store
from xcatd.store.spool import Spool

async def main(folder, database, start):
    store = await open_store(database)
    spool = Spool(folder)
    async with asyncio.TaskGroup() as group:
        group.create_task(spool.deliver(store.write))
        number = start
        while True:
            await spool.append([Append("auditlog", {"userid": str(number)})], "root")
            print(number, flush=True)
            number += 1

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
"""


def killed(folder: Path, database: Path, start: int, after: int) -> int:
    """Run a process that appends and delivers, until it is killed. Gives the number behind the last one that was kept."""
    words = [sys.executable, "-c", WRITER, str(folder), str(database), str(start)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(), text=True)
    assert process.stdout is not None
    kept = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    kept += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    process.wait(60)
    process.stdout.close()
    return kept[-1] + 1


@pytest.mark.endurance
async def test_every_report_that_was_kept_is_done_once_though_its_daemon_is_killed_again_and_again(
    store: SqlStore, path: Path, tmp_path: Path
) -> None:
    folder, starts, kept = tmp_path / "spool", [0], set[int]()
    for round_ in range(8):
        end = await asyncio.to_thread(killed, folder, path, starts[-1], 3 + 17 * round_)
        kept |= set(range(starts[-1], end))
        starts.append(end + 1000)
    spool = Spool(folder)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(spool.deliver(store.write))
        await until(lambda: not list(folder.glob("*.spool")))
        task.cancel()
    await spool.close()
    done = [int(row["userid"]) for row in await store.scan("auditlog")]
    assert len(done) == len(set(done)), "none was done twice"
    assert kept <= set(done), "none is missing"
    assert len(set(done) - kept) <= 8, "at most the one under way when it was killed"
    for start, end in pairwise(starts):
        part = [number for number in done if start <= number < end]
        assert part == sorted(part)
