"""Threads for calls that block: how many there are, and when they go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from threading import Barrier, Event, Semaphore

import pytest

from xcatd.hardware.libvirt.crew import Crew


class Bench:
    """A crew, and whether it is at rest."""

    def __init__(self, most: int = 2, idle: float = 30.0) -> None:
        self._rests = Semaphore(0)
        self.crew = Crew("bench", most, idle, self._rests.release)

    async def rested(self) -> None:
        """Wait until the last thread has gone once more."""
        assert await asyncio.to_thread(self._rests.acquire, timeout=10), "a thread stays"


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "bench"]


@pytest.fixture
def gate() -> Iterator[Event]:
    """What jobs wait for; it opens at the end."""
    event = Event()
    yield event
    event.set()


async def test_what_a_job_gives_and_raises_comes_to_the_caller() -> None:
    crew = Bench().crew
    assert await crew.do(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await crew.do(lambda: 1 // 0)
    assert await crew.do(threading.get_ident) != threading.get_ident()
    crew.close()


async def test_jobs_run_side_by_side_up_to_the_limit(gate: Event) -> None:
    crew = Bench(most=2).crew
    together = Barrier(2)
    async with asyncio.timeout(20):
        await asyncio.gather(crew.do(together.wait), crew.do(together.wait))
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(crew.do(gate.wait))
        await asyncio.sleep(0)
        assert len(names()) == 2
        gate.set()
    crew.close()


async def test_a_job_whose_caller_has_gone_is_never_begun(gate: Event) -> None:
    crew = Bench(most=1).crew
    begun: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(crew.do(gate.wait))
        await asyncio.sleep(0)
        waiting = group.create_task(crew.do(lambda: begun.append("late")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        gate.set()
    await crew.do(lambda: begun.append("next"))
    assert begun == ["next"]
    crew.close()


async def test_threads_go_when_there_is_nothing_to_do_and_come_again() -> None:
    bench = Bench(idle=0.01)
    for _ in range(2):
        await bench.crew.do(lambda: None)
        await bench.rested()


async def test_it_is_stuck_only_when_every_thread_is(gate: Event) -> None:
    crew = Bench(most=2).crew
    begun = [Event(), Event()]

    def job(event: Event) -> None:
        event.set()
        gate.wait()

    async with asyncio.TaskGroup() as group:
        assert not crew.is_stuck(0)
        group.create_task(crew.do(lambda: job(begun[0])))
        await asyncio.to_thread(begun[0].wait, 10)
        assert not crew.is_stuck(0)
        group.create_task(crew.do(lambda: job(begun[1])))
        await asyncio.to_thread(begun[1].wait, 10)
        assert crew.is_stuck(0)
        assert not crew.is_stuck(3600)
        gate.set()
    assert not crew.is_stuck(3600)
    crew.close()


async def test_closing_waits_for_nobody_and_begins_nothing_more(gate: Event) -> None:
    bench = Bench(most=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(bench.crew.do(gate.wait))
        await asyncio.sleep(0)
        waiting = group.create_task(bench.crew.do(lambda: None))
        await asyncio.sleep(0)
        bench.crew.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()
    await bench.rested()
