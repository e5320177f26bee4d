"""What is said when systemd, or the way to it, does not work: with a stand-in on a real bus."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from tests.helpers.standinsystemd import Bus, removed, stand_in
from xcatd.errors import ServiceError
from xcatd.services.managers import Program, Report, State
from xcatd.services.managers.systemd import Systemd

SERVER = Program("server", ("server",), (), "server-of-tests")
RUNNING = {"ActiveState": Variant("s", "active"), "SubState": Variant("s", "running"), "MainPID": Variant("u", 12)}


async def test_a_host_without_a_bus(tmp_path: Path) -> None:
    async with Systemd(f"unix:path={tmp_path}/bus") as manager:
        for ask in (manager.start, manager.enable, manager.stop, manager.report):
            with pytest.raises(ServiceError) as error:
                await ask(SERVER)
            assert str(error.value) == (
                f"systemd cannot be asked, its bus {tmp_path}/bus does not answer (no such file or directory): "
                "install the package dbus, and see `systemctl status dbus`"
            )
        with pytest.raises(ServiceError, match="systemd cannot be asked"):
            await anext(manager.watch(SERVER))


async def test_a_bus_without_systemd(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    await bus.start()
    try:
        async with Systemd(bus.address) as manager:
            with pytest.raises(
                ServiceError, match=r"^systemd is not to be found on its bus: Could not get owner of name"
            ):
                await manager.start(SERVER)
    finally:
        await bus.stop()


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("timeout", "it waited too long for its turn"),
        ("canceled", "somebody else wanted something else of it meanwhile"),
        ("dependency", "a unit that it needs does not start"),
        ("unsupported", "this host cannot have such a unit"),
        ("nonesuch", "it has ended, and says nothing of a trouble (`journalctl -u server` tells more)"),
    ],
)
async def test_how_a_job_ends(tmp_path: Path, result: str, reason: str) -> None:
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        systemd.result = result
        with pytest.raises(ServiceError) as error:
            await manager.start(SERVER)

    assert str(error.value) == f"server does not start: {reason}"


async def test_a_job_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xcatd.services.managers.jobs._WITHIN", 0.1)
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        systemd.result = None
        with pytest.raises(ServiceError) as error:
            await manager.start(SERVER)

    sentence = "systemd has not started server.service within 0.1 s: `systemctl list-jobs` shows what it waits for"
    assert str(error.value) == sentence


async def test_a_systemd_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        assert await manager.report(SERVER) == Report(State.STOPPED)
        systemd.is_mute = True
        with monkeypatch.context() as patient:
            patient.setattr("xcatd.services.managers.bus._ANSWERS_WITHIN", 0.1)
            with pytest.raises(ServiceError, match=r"^systemd does not answer \(LoadUnit\) within 0.1 s$"):
                await manager.report(SERVER)
        systemd.is_mute = False
        assert await manager.report(SERVER) == Report(State.STOPPED)


@pytest.mark.parametrize(("after", "fails"), [(RUNNING, False), ({}, True)])
async def test_a_bus_that_is_lost_in_the_middle_of_a_job(
    tmp_path: Path, after: dict[str, Variant], fails: bool
) -> None:
    """Nobody hears how the job ends: the unit tells."""
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        systemd.result = None
        starting = asyncio.gather(manager.start(SERVER), return_exceptions=True)
        await systemd.started.wait()
        await systemd.bus.stop()
        systemd.properties |= after
        await systemd.bus.start()
        await systemd.come()
        (error,) = await starting

    assert (str(error) if error else "").startswith("server does not start: it has ended" if fails else "")
    assert (error is not None) == fails


async def test_a_job_that_goes_on_when_the_bus_is_back(tmp_path: Path) -> None:
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        systemd.result, systemd.has_jobs = None, True
        starting = asyncio.gather(manager.start(SERVER), return_exceptions=True)
        await systemd.started.wait()
        await systemd.bus.stop()
        await systemd.bus.start()
        await systemd.come()
        await systemd.asked_about_job.wait()
        systemd.properties |= RUNNING
        systemd.end("done")
        assert list(await starting) == [None]


async def test_a_bus_that_stays_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        reports = manager.watch(SERVER)
        assert await anext(reports) == Report(State.STOPPED)
        await systemd.bus.stop()
        with monkeypatch.context() as patch:
            patch.setattr("xcatd.services.managers.bus._COMES_BACK_WITHIN", 0.2)
            with pytest.raises(ServiceError, match=r"^systemd cannot be asked"):
                await anext(reports)
        await systemd.bus.start()
        await systemd.come()
        assert await manager.report(SERVER) == Report(State.STOPPED)


async def test_nobody_else_can_end_a_job(tmp_path: Path) -> None:
    async with stand_in(tmp_path) as systemd, Systemd(systemd.bus.address) as manager:
        stranger = await MessageBus(systemd.bus.address).connect()
        systemd.result = None
        starting = asyncio.gather(manager.start(SERVER), return_exceptions=True)
        await systemd.started.wait()
        names = await stranger.call(Message("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames"))
        for name in names.body[0]:
            await stranger.send(removed("failed", to=name))
        stranger.disconnect()
        systemd.properties |= RUNNING
        systemd.end("done")
        assert list(await starting) == [None]
