"""Files and the server that reads them: put in place together, or not at all. The server is a real program."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.unit.objects.worlds import nodes
from tests.unit.services.keeping.servers import Echo, conf
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.managers import Manager, State
from xcatd.services.managers.processes import Processes
from xcatd.services.place import Place
from xcatd.services.service import ON, Work


class Unsatisfied(Echo):
    """Its server is never as it shall be."""

    async def verify(self, place: Place, value: str) -> None:
        await super().verify(place, value)
        raise ServiceError("echo does not answer")


def told(root: Path, text: str) -> Place:
    """A host whose site.domain is this text."""
    return place(root, nodelist=nodes(sn1=""), site=[{"key": "domain", "value": text}])


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with Processes(tmp_path) as processes:
        yield processes
        await processes.stop(Echo().program(told(tmp_path, ""), ON))


async def number(manager: Manager, root: Path) -> int:
    return (await manager.report(Echo().program(told(root, ""), ON))).process


async def test_it_is_started_then_reloaded_then_left_alone(tmp_path: Path, manager: Manager) -> None:
    first = await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    assert (first.changed, list(first.lines)[-2:]) == (
        True,
        [f"ipforward: the folder {tmp_path}/data is made", "ipforward: echo is started"],
    )
    process = await number(manager, tmp_path)
    assert ((tmp_path / "answer").read_text(), (tmp_path / "data").stat().st_mode & 0o777) == ("one\n", 0o755)
    second = await Echo().reconcile(told(tmp_path, "two"), ON, Work(manager))
    assert list(second.lines)[-3:] == ["-one", "+two", "ipforward: echo is reloaded"]
    assert (await number(manager, tmp_path), (tmp_path / "answer").read_text()) == (process, "two\n")
    third = await Echo().reconcile(told(tmp_path, "two"), ON, Work(manager))
    assert (third.changed, list(third.lines)) == (False, [])


async def test_a_dry_run_says_the_same_and_does_nothing(tmp_path: Path, manager: Manager) -> None:
    planned = await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager, dry_run=True))
    assert [path.name for path in tmp_path.iterdir()] == []
    done = await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    assert planned == done


async def test_what_the_checker_refuses_is_never_in_place(tmp_path: Path, manager: Manager) -> None:
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    with pytest.raises(ServiceError, match="refuses its new configuration"):
        await Echo().reconcile(told(tmp_path, "bad"), ON, Work(manager))
    assert (conf(tmp_path), (tmp_path / "answer").read_text()) == ("one", "one\n")


async def test_a_server_that_dies_of_its_new_file_gets_the_old_one_back(tmp_path: Path, manager: Manager) -> None:
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    with pytest.raises(ServiceError, match="echo does not answer with its configuration"):
        await Echo().reconcile(told(tmp_path, "crash"), ON, Work(manager))
    assert conf(tmp_path) == "one"
    assert (await manager.report(Echo().program(told(tmp_path, ""), ON))).state is State.RUNNING


async def test_a_server_that_does_not_start_leaves_no_file_behind(tmp_path: Path, manager: Manager) -> None:
    with pytest.raises(ServiceError, match=r"echo does not start: .*this text is no good"):
        await Echo().reconcile(told(tmp_path, "crash"), ON, Work(manager))
    assert not (tmp_path / "conf").exists()


class Endless(Echo):
    """It does not come to having its server read anything."""

    async def holds(self, place: Place, value: str) -> bool:
        return False

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await asyncio.Event().wait()


async def test_what_its_server_has_not_read_because_the_daemon_was_ended_is_read_later(
    tmp_path: Path, manager: Manager
) -> None:
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    async with asyncio.TaskGroup() as group:
        run = group.create_task(Endless().reconcile(told(tmp_path, "two"), ON, Work(manager)))
        await asyncio.to_thread(until, lambda: conf(tmp_path) == "two", "the new file")
        run.cancel()
    assert run.cancelled()
    assert (tmp_path / "answer").read_text() == "one\n"
    again = await Echo().reconcile(told(tmp_path, "two"), ON, Work(manager))
    assert (list(again.lines), (tmp_path / "answer").read_text()) == (["ipforward: echo is reloaded"], "two\n")
    assert (await Echo().reconcile(told(tmp_path, "two"), ON, Work(manager))).lines == []


async def test_a_server_that_was_started_in_vain_reads_what_was_there_before(tmp_path: Path, manager: Manager) -> None:
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    await manager.stop(Echo().program(told(tmp_path, ""), ON))
    with pytest.raises(ServiceError, match="echo does not answer"):
        await Unsatisfied().reconcile(told(tmp_path, "two"), ON, Work(manager))
    assert ((tmp_path / "answer").read_text(), conf(tmp_path)) == ("two\n", "one")
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    assert (tmp_path / "answer").read_text() == "one\n"


async def test_one_that_has_died_is_started_again(tmp_path: Path, manager: Manager) -> None:
    await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    before = await number(manager, tmp_path)
    os.kill(before, signal.SIGKILL)
    async for report in manager.watch(Echo().program(told(tmp_path, ""), ON)):
        if report.state is State.FAILED:
            break
    again = await Echo().reconcile(told(tmp_path, "one"), ON, Work(manager))
    assert list(again.lines) == ["ipforward: echo is started"]
    assert await number(manager, tmp_path) not in (0, before)
