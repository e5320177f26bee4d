"""Processes that are known for certain."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.helpers.cluster import PATIENCE
from xcatd.services.managers.process import Process


def begun(*words: str) -> Process:
    """A child whose end is not noticed by its `Popen`."""
    child = subprocess.Popen(words, start_new_session=True)
    process = Process.of(child.pid)
    child.returncode = 0
    return process


@pytest.fixture
def process() -> Iterator[Process]:
    process = begun("sleep", "1000")
    yield process
    if not process.is_buried:
        process.kill()
        os.waitid(os.P_PID, process.number, os.WEXITED)


def other(process: Process) -> Process:
    """One that had the number before."""
    return Process(process.number, process.started - 1)


async def test_its_end(process: Process) -> None:
    assert process.is_alive
    process.send(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        assert await process.ended() == -signal.SIGTERM

    assert process.is_buried
    assert not process.is_alive
    assert await process.ended() is None, "somebody has asked before"


async def test_its_status() -> None:
    async with asyncio.timeout(PATIENCE):
        assert await begun("sh", "-c", "exit 3").ended() == 3


async def test_one_that_had_the_number_before_is_gone(process: Process) -> None:
    before = other(process)
    assert not before.is_alive
    assert before.is_buried
    before.send(signal.SIGKILL)
    before.kill()
    assert await before.ended() is None
    assert process.is_alive


async def test_one_that_is_dead_and_not_buried_is_not_alive(process: Process) -> None:
    os.kill(process.number, signal.SIGKILL)
    os.waitid(os.P_PID, process.number, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - it is dead

    assert not process.is_alive
    assert not process.is_buried
    async with asyncio.timeout(PATIENCE):
        assert await process.ended() == -signal.SIGKILL


async def test_waiting_can_be_given_up(process: Process) -> None:
    opened = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await process.ended()

    assert len(os.listdir("/proc/self/fd")) == opened  # noqa: PTH208
    assert process.is_alive


async def test_two_may_wait_for_it(process: Process) -> None:
    waiting = asyncio.gather(process.ended(), process.ended())
    await asyncio.sleep(0)
    process.kill()
    async with asyncio.timeout(PATIENCE):
        assert sorted(await waiting, key=str) == [-signal.SIGKILL, None]


def test_no_such_process() -> None:
    with pytest.raises(ProcessLookupError):
        Process.of(2**22 + 1)
