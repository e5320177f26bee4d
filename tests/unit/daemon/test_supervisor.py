"""Who owns the tasks of a daemon, and what a fault in one of them does to the others."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from xcatd.daemon.supervisor import Supervisor


async def forever() -> None:
    await asyncio.Event().wait()


async def fail(error: Exception) -> None:
    raise error


async def test_a_fault_in_something_spawned_is_logged_and_harms_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    came = asyncio.Event()

    async def work() -> None:
        came.set()

    async with Supervisor() as supervisor:
        await supervisor.spawn(fail(ValueError("what happened")), "a request")
        supervisor.spawn(work(), "another request")
        await came.wait()
    assert caplog.messages == ["a fault ended a request"]
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == "what happened"


async def test_a_fault_in_something_kept_ends_the_daemon_with_that_error(caplog: pytest.LogCaptureFixture) -> None:
    error = OSError("no more")
    with pytest.raises(OSError, match="no more") as ended:
        async with Supervisor() as supervisor:
            supervisor.keep(forever(), "log")
            supervisor.keep(fail(error), "certificates")
            await forever()
    assert ended.value is error


async def test_an_error_of_the_daemon_itself_goes_on_as_it_is() -> None:
    error = ValueError("cannot start")
    with pytest.raises(ValueError, match="cannot start") as ended:
        async with Supervisor() as supervisor:
            supervisor.keep(forever(), "log")
            raise error
    assert ended.value is error


async def test_the_end_cancels_what_is_kept_and_what_is_spawned_and_waits_for_it() -> None:
    ended: list[str] = []
    began = asyncio.Barrier(3)

    async def work(name: str) -> None:
        try:
            await began.wait()
            await forever()
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    async with Supervisor() as supervisor:
        kept = supervisor.keep(work("kept"), "kept")
        spawned = supervisor.spawn(work("spawned"), "spawned")
        await began.wait()
    assert sorted(ended) == ["kept", "spawned"]
    assert kept.cancelled()
    assert spawned.cancelled()


async def test_work_that_is_cancelled_before_it_began_leaves_nothing_behind() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("work")

    async with Supervisor() as supervisor:
        coroutine = work()
        task = supervisor.spawn(coroutine, "a request")
        task.cancel()
    assert task.cancelled()
    assert begun == []
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED


async def test_tasks_have_the_names_they_were_given() -> None:
    async with Supervisor() as supervisor:
        assert supervisor.keep(forever(), "audit log").get_name() == "audit log"
        assert supervisor.spawn(forever(), "a request").get_name() == "a request"


async def test_who_cancels_the_daemon_is_obeyed() -> None:
    inside = asyncio.Event()

    async def daemon() -> None:
        async with Supervisor() as supervisor:
            supervisor.keep(forever(), "log")
            inside.set()
            await forever()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(daemon())
        await inside.wait()
        task.cancel()
    assert task.cancelled()
