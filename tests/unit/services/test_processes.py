"""Groups of processes that are gone when nobody wants them any more."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.program import is_alive
from xcatd.services.processes import started


def child_in(folder: Path) -> int:
    """The number that a script has written there."""
    return int(until(lambda: (path := folder / "child").exists() and path.read_text().strip(), "the script"))


async def test_who_is_cancelled_while_it_starts_leaves_nothing_of_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with started(["sh", "-c", f"sleep 1000 & echo $! > {tmp_path}/child"], stdout=PIPE) as process:
            await process.communicate()

    async with asyncio.TaskGroup() as group:
        running = group.create_task(run())
        for _ in range(2):  # it is there then, and asyncio has not said so yet, because nothing else goes on here
            await asyncio.sleep(0)
        child = child_in(tmp_path)
        running.cancel()
    until(lambda: not is_alive(child), "the end of what it started")


async def test_an_error_ends_what_the_program_has_left_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        async with started(["sh", "-c", f"sleep 1000 >&- & echo $! > {tmp_path}/child"], stdout=PIPE) as process:
            await process.communicate()
            raise RuntimeError
    child = child_in(tmp_path)
    until(lambda: not is_alive(child), "the end of what it started")


async def test_one_that_has_ended_by_itself_may_leave_something_behind(tmp_path: Path) -> None:
    async with started(["sh", "-c", f"sleep 1000 >&- & echo $! > {tmp_path}/child"], stdout=PIPE) as process:
        await process.communicate()
        assert process.returncode == 0
    child = child_in(tmp_path)
    assert is_alive(child)
    async with started(["kill", str(child)]) as process:
        await process.wait()


async def test_one_that_still_runs_is_ended_with_the_block() -> None:
    async with started(["sleep", "1000"]) as process:
        assert process.returncode is None
    assert process.returncode == -9
