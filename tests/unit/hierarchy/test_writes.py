"""Writes on their way up. That each is done once is tested with the store at its side (test_remote.py)."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.unit.hierarchy.wires import Pair, make, turns
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import Conflict, StoreError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.writes import LANES, Writes
from xcatd.protocol.frames import Kind
from xcatd.store import Append
from xcatd.store.changes import Once

REPORT = [Append("auditlog", {"userid": "root"})]


def sent(pair: Pair) -> list[tuple[int, str, int]]:
    """The writes that were sent: number, writer, serial."""
    frames = [frame for frame in pair.sn.sent if frame.kind is Kind.UPDATE]
    return [(frame.stream, *json.loads(frame.payload)["once"]) for frame in frames]


def writes(pair: Pair, patience: float = 5.0) -> Writes:
    async def above() -> Link | None:
        return pair.up if pair.up.alive else None

    made = Writes(above, patience)
    made.follow(pair.up)
    return made


async def refused(under_way: Writes, error: type[StoreError]) -> str:
    """The reason why a write is refused."""
    with pytest.raises(error) as caught:
        await under_way.write(REPORT, "root")
    return str(caught.value)


async def test_writes_run_side_by_side_and_those_of_one_writer_one_after_the_other() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        pair = make(supervisor)
        under_way = writes(pair)
        for _ in range(2 * LANES):
            group.create_task(under_way.write(REPORT, "root"))
        await turns(50)
        first = sent(pair)
        assert len(first) == len({writer for _, writer, _ in first}) == LANES
        for number, *_ in first:
            under_way.answered(number, "")
        await turns(50)
        second = sent(pair)[LANES:]
        assert {writer for _, writer, _ in second} == {writer for _, writer, _ in first}
        assert {serial for *_, serial in second} == {2}
        for number, *_ in second:
            under_way.answered(number, "")


async def test_writers_of_two_processes_are_never_the_same() -> None:
    async with Supervisor() as supervisor:
        pair = make(supervisor)
        names = {lane.writer for one in (writes(pair), writes(pair)) for lane in one._lanes._queue}  # type: ignore[attr-defined]
        assert len(names) == 2 * LANES


async def test_the_token_of_a_daemon_below_goes_up_as_it_is() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        pair = make(supervisor)
        under_way = writes(pair)
        group.create_task(under_way.write(REPORT, "root", Once("below", 77)))
        await turns()
        assert sent(pair) == [(1, "below", 77)]
        under_way.answered(1, "")


async def test_the_same_token_is_sent_on_the_next_link() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        old, new = make(supervisor), make(supervisor)
        under_way = writes(old)
        writing = group.create_task(refused(under_way, Conflict))
        await turns()
        old.sn.abort()
        under_way.cut(old.up)
        await turns()
        assert sent(new) == []
        under_way.follow(new.up)
        await turns()
        ((_, *token),) = sent(old)
        ((number, *again),) = sent(new)
        assert again == token
        under_way.answered(number, "The row has changed", "conflict")
        assert await writing == "The row has changed"


async def test_at_the_deadline_nobody_knows_whether_it_was_written() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        pair = make(supervisor)
        under_way = writes(pair, patience=0.01)
        writing = group.create_task(refused(under_way, StoreError))
        await turns()
        pair.sn.abort()
        under_way.cut(pair.up)
        assert "broke during a write; look before you repeat it" in await writing
        with pytest.raises(StoreError, match="so nothing was written"):
            await under_way.write(REPORT, "root")
        assert under_way._attempts == {}


async def test_who_is_cancelled_leaves_the_lane_to_others() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        pair = make(supervisor)
        under_way = writes(pair)
        waiting = [group.create_task(under_way.write(REPORT, "root")) for _ in range(LANES)]
        await turns(50)
        for each in waiting:
            each.cancel()
        await turns()
        last = group.create_task(under_way.write(REPORT, "root"))
        await turns(50)
        (number, _, serial) = sent(pair)[-1]
        assert serial == 2
        under_way.answered(number, "")
        await last
