"""A stand-in for systemd on a bus of its own, for faults to which a real one cannot be brought.

It knows one unit, and of org.freedesktop.systemd1(5) only what a job needs: Subscribe, LoadUnit, RefUnit, UnrefUnit,
ResetFailedUnit, StartUnit, Properties.GetAll and the signal JobRemoved. It runs nothing. Everything of systemd that works is
tested with a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.helpers.cluster import PATIENCE

_CONFIGURATION = """<busconfig>
<type>custom</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>
</busconfig>
"""
_NAME = "org.freedesktop.systemd1"
_UNIT, _JOB = "/org/freedesktop/systemd1/unit/server", "/org/freedesktop/systemd1/job/7"


class Bus:
    """A dbus-daemon."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bus"
        self._configuration = folder / "bus.conf"
        self._configuration.write_text(_CONFIGURATION.format(path=self.socket))
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"unix:path={self.socket}"

    async def start(self) -> None:
        words = ["--nofork", "--nopidfile", "--print-address", f"--config-file={self._configuration}"]
        self._process = await asyncio.create_subprocess_exec("dbus-daemon", *words, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert await self._process.stdout.readline()

    async def stop(self) -> None:
        """Its socket goes too, as it does when a host's bus is restarted."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self.socket.unlink()
        self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None


class StandIn:
    """`result`: how each job ends; None: it does not. `is_mute`: it answers nothing. `properties`: of its unit."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.result: str | None = "done"
        self.is_mute = False
        self.has_jobs = False
        self.started = asyncio.Event()
        self.asked_about_job = asyncio.Event()
        self.properties: dict[str, Variant] = {
            "Id": Variant("s", "server.service"),
            "LoadState": Variant("s", "loaded"),
            "ActiveState": Variant("s", "inactive"),
            "SubState": Variant("s", "dead"),
            "SourcePath": Variant("s", ""),
            "ConditionResult": Variant("b", True),
            "InactiveExitTimestamp": Variant("t", 0),
        }
        self._connection: MessageBus | None = None

    async def come(self) -> None:
        """Be on the bus."""
        self._connection = await MessageBus(self.bus.address).connect()
        self._connection.add_message_handler(self._answered)
        await self._connection.request_name(_NAME)

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()

    def _answered(self, message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL or self.is_mute:
            return self.is_mute
        match message.member:
            case "LoadUnit":
                return Message.new_method_return(message, "o", [_UNIT])
            case "StartUnit":
                self.started.set()
                if self.result is not None:
                    asyncio.get_running_loop().call_soon(self.end, self.result)
                return Message.new_method_return(message, "o", [_JOB])
            case "GetAll" if message.path == _UNIT:
                return Message.new_method_return(message, "a{sv}", [self.properties])
            case "GetAll" if not self.has_jobs:
                return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "Unknown object")
            case "GetAll":
                self.asked_about_job.set()
                return Message.new_method_return(message, "a{sv}", [{"State": Variant("s", "running")}])
        return Message.new_method_return(message)

    def end(self, result: str) -> None:
        """The signal that a job has ended."""
        assert self._connection is not None
        self._connection.send(removed(result))


def removed(result: str, to: str | None = None) -> Message:
    """JobRemoved, for all who listen or for one."""
    return Message(
        destination=to,
        path="/org/freedesktop/systemd1",
        interface="org.freedesktop.systemd1.Manager",
        member="JobRemoved",
        message_type=MessageType.SIGNAL,
        signature="uoss",
        body=[7, _JOB, "server.service", result],
    )


@contextlib.asynccontextmanager
async def stand_in(folder: Path) -> AsyncIterator[StandIn]:
    """One that answers; it and its bus end with the block."""
    bus = Bus(folder)
    await bus.start()
    one = StandIn(bus)
    try:
        await one.come()
        yield one
    finally:
        one.leave()
        if bus.runs:
            await bus.stop()
