"""Who starts a server, and who has all units read."""

from __future__ import annotations

import asyncio

from xcatd.services.managers.gate import Gate


class Course:
    """Notes what happens. `starts` until `over` is set."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.over = asyncio.Event()
        self.seen: list[str] = []

    async def starts(self, name: str) -> None:
        async with self.gate.beside_others():
            self.seen.append(f"{name} begins")
            await self.over.wait()
            self.seen.append(f"{name} ends")

    async def reads(self) -> None:
        async with self.gate.alone():
            self.seen.append("read")


async def steps() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_starts_go_side_by_side_and_a_reading_waits_for_them_and_holds_up_those_that_come() -> None:
    course = Course(Gate())
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b"):
            group.create_task(course.starts(name))
        await steps()
        group.create_task(course.reads())
        await steps()
        group.create_task(course.starts("late"))
        await steps()
        assert course.seen == ["a begins", "b begins"]
        course.over.set()
    assert course.seen == ["a begins", "b begins", "a ends", "b ends", "read", "late begins", "late ends"]


async def test_a_start_that_does_not_end_holds_up_nobody_for_long() -> None:
    course = Course(Gate(long=0.01))
    async with asyncio.TaskGroup() as group:
        group.create_task(course.starts("hopeless"))
        await steps()
        await course.reads()
        assert course.seen == ["hopeless begins", "read"]
        course.over.set()


async def test_who_is_cancelled_leaves_the_way_free() -> None:
    course = Course(Gate())
    async with asyncio.TaskGroup() as group:
        start, reading = group.create_task(course.starts("a")), group.create_task(course.reads())
        await steps()
        reading.cancel()
        await asyncio.wait((reading,))
        start.cancel()
        await asyncio.wait((start,))
        await course.reads()
    assert course.seen == ["a begins", "read"]
