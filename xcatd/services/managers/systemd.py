"""Servers that systemd runs. It is asked on the system bus, see docs/decisions/0008-systemd-over-dbus.md."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from xcatd.errors import ServiceError
from xcatd.services.managers.bus import ADDRESS, LOST, Bus, Refused, Signal
from xcatd.services.managers.gate import Gate
from xcatd.services.managers.jobs import DONE, UNSEEN, finished, why_not
from xcatd.services.managers.journal import last_words
from xcatd.services.managers.manager import Program, Report, State
from xcatd.services.managers.sysv import enable_script
from xcatd.services.managers.unit import Unit

_STAYS = 0.3
"""Seconds after which a server that was going to end at once has done so."""
_SILENT = "it has ended, and says nothing of a trouble"
_KINDS = (".service", ".mount", ".automount", ".socket", ".target", ".timer", ".path", ".swap")
"""Endings of units' names."""


class Systemd:
    """`address` of the bus; `before`: words before a command line, that make it run where this systemd is.

    `report` and `watch` raise ServiceError too, when systemd cannot be asked.
    """

    has_units = True

    def __init__(self, address: str = ADDRESS, before: Sequence[str] = ()) -> None:
        self._bus = Bus(address)
        self._before = before
        self._gate = Gate()

    async def __aenter__(self) -> Self:
        await self._bus.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._bus.__aexit__(kind, error, trace)

    # -- what it does --------------------------------------------------------------------------------------------

    async def report(self, program: Program) -> Report:
        return await self._reported(await self._unit(program))

    async def watch(self, program: Program) -> AsyncGenerator[Report, None]:
        news = asyncio.Event()
        last: Report | None = None
        path = ""

        def hear(signal: Signal) -> None:
            if signal is LOST or signal.path == path or (signal.member == "Reloading" and not signal.body[0]):
                news.set()

        with self._bus.heard_by(hear):
            while True:
                unit = await self._unit(program)
                if unit.path != path:  # what has changed before its path was known was not heard
                    path = unit.path
                    continue
                report = await self._reported(unit)
                if report != last:
                    last = report
                    yield report
                await news.wait()
                news.clear()

    async def _reported(self, unit: Unit) -> Report:
        is_well = unit.state in (State.RUNNING, State.STOPPED, State.ABSENT) or not unit.reason
        process = await self._process(unit) if unit.state is State.RUNNING else unit.process
        return Report(unit.state, "" if is_well else await self._why(unit), process)

    async def _process(self, unit: Unit) -> int:
        """Its main process; of those that a script has started the first one."""
        if unit.process or not unit.is_there:
            return unit.process
        (processes,) = await self._bus.manager("GetUnitProcesses", "s", unit.name)
        return min((number for _, number, _ in processes), default=0)

    # -- what it shall do ----------------------------------------------------------------------------------------

    async def enable(self, program: Program) -> None:
        unit = await self._usable(program, "cannot be enabled")
        if unit.is_generated:
            if unit.is_of_a_script and not unit["WantedBy"]:
                await enable_script(self._bus, unit)
                await self._read_units()
            return  # what fstab(5) has starts with the host
        try:
            _, changes = await self._bus.manager("EnableUnitFiles", "asbb", [unit.name], False, False)
        except Refused as error:
            raise ServiceError(f"{program.name} cannot be enabled: {error}") from error
        if changes:
            await self._read_units()

    async def start(self, program: Program) -> None:
        unit = await self._usable(program, "cannot be started")
        await self._begin(program, "RestartUnit" if unit.has_ended else "StartUnit", unit)

    async def restart(self, program: Program) -> None:
        await self._begin(program, "RestartUnit", await self._usable(program, "cannot be started"))

    async def reload(self, program: Program) -> None:
        unit = await self._usable(program, "cannot be started")
        if unit.state is not State.RUNNING:
            await self.start(program)
        elif program.reloads is not None and unit["CanReload"]:
            await self._reload(program, unit)
        elif program.reloads is not None and unit.process:
            await self._asked(program, "does not read its files again", "KillUnit", unit, "main", int(program.reloads))
        else:
            await self.restart(program)

    async def stop(self, program: Program) -> None:
        unit = await self._unit(program)
        result = ""
        if unit.is_there and not unit.is_at_rest:
            result = await self._job(program, "does not stop", "StopUnit", unit, "stopped")
            unit = await self._unit(program)
        if unit.is_there and not unit.is_at_rest:
            raise ServiceError(f"{program.name} does not stop: {why_not(result) or 'systemd does not say why'}")
        if unit.has_failed:
            await self._asked(program, "does not stop", "ResetFailedUnit", unit)

    async def reload_units(self) -> None:
        try:
            await self._read_units()
        except Refused as error:
            raise ServiceError(f"systemd does not read its units again: {error}") from error

    async def _read_units(self) -> None:
        async with self._gate.alone():
            await self._bus.manager("Reload")

    # -- how -----------------------------------------------------------------------------------------------------

    async def _begin(self, program: Program, member: str, unit: Unit) -> None:
        if unit.has_failed:  # it may have been tried too often, and now it is wanted
            await self._asked(program, "cannot be started", "ResetFailedUnit", unit)
        async with self._kept_in_mind(unit):
            async with self._gate.beside_others():
                result = await self._job(program, "does not start", member, unit, "started")
            started = await self._unit(program)
            unit = await self._settled(program, started)
        if unit.runs_again_since(started):
            said = await last_words(started, self._before) or "it does not say why"
            raise ServiceError(
                f"{program.name} does not start: it ends, and systemd starts it again: {said} ({_more(unit)})"
            )
        if unit.state is State.RUNNING or (result == DONE and _has_done_its_work(unit)):
            return
        why = why_not(result) or (await self._why(unit) if unit.reason else f"{_SILENT} ({_more(unit)})")
        raise ServiceError(f"{program.name} does not start: {why}")

    @contextlib.asynccontextmanager
    async def _kept_in_mind(self, unit: Unit) -> AsyncIterator[None]:
        """Else systemd forgets a unit that does not run, and why that is so."""
        await self._bus.manager("RefUnit", "s", unit.name)
        try:
            yield
        finally:
            with contextlib.suppress(ServiceError):  # it was another connection that was lost meanwhile
                await self._bus.manager("UnrefUnit", "s", unit.name)

    async def _settled(self, program: Program, started: Unit) -> Unit:
        """How it is when it has had the time to end."""
        if started.state is not State.RUNNING or not started.is_seen_late:
            return started
        await asyncio.sleep(_STAYS)
        return await self._unit(program)

    async def _reload(self, program: Program, unit: Unit) -> None:
        began = time.time()
        result = await self._job(program, "does not read its files again", "ReloadUnit", unit, "reloaded")
        if result not in (DONE, UNSEEN):
            said = await last_words(unit, self._before, since=began)
            reason = why_not(result) or said or "systemd does not say why"
            raise ServiceError(f"{program.name} does not read its files again: {reason} ({_more(unit)})")

    async def _job(self, program: Program, fails: str, member: str, unit: Unit, what: str) -> str:
        try:
            return await finished(self._bus, member, "ss", unit.name, "replace", what=f"{what} {unit.name}")
        except Refused as error:
            raise ServiceError(f"{program.name} {fails}: {error}") from error

    async def _asked(self, program: Program, fails: str, member: str, unit: Unit, *more: object) -> None:
        try:
            await self._bus.manager(member, "ssi" if more else "s", unit.name, *more)
        except Refused as error:
            raise ServiceError(f"{program.name} {fails}: {error}") from error

    async def _why(self, unit: Unit) -> str:
        said = "" if unit.is_masked else await last_words(unit, self._before)
        return f"{unit.reason}{': ' if said else ''}{said}" + ("" if unit.is_masked else f" ({_more(unit)})")

    # -- which unit ----------------------------------------------------------------------------------------------

    async def _usable(self, program: Program, fails: str) -> Unit:
        unit = await self._unit(program)
        if not unit.is_there:
            raise ServiceError(f"{program.name} is not installed: install the package {program.packages}")
        if unit["LoadState"] != "loaded":
            raise ServiceError(f"{program.name} {fails}: {unit.reason}")
        return unit

    async def _unit(self, program: Program) -> Unit:
        """The first one that can be used, else the first that is there, else the first. Raises ServiceError: it has none."""
        if not program.units:
            raise ServiceError(f"{program.name} cannot be run: systemd has no unit for it")
        units = []
        for name in program.units:
            unit = await self._loaded(name if name.endswith(_KINDS) else f"{name}.service")
            if unit["LoadState"] == "loaded":
                return unit
            units.append(unit)
        return next((unit for unit in units if unit.is_there), units[0])

    async def _loaded(self, name: str) -> Unit:
        (path,) = await self._bus.manager("LoadUnit", "s", name)
        properties = await self._bus.properties(path)
        return Unit(str(properties["Id"]), path, properties)


def _has_done_its_work(unit: Unit) -> bool:
    """It is not one that stays."""
    return bool(unit["Type"] == "oneshot" and unit["Result"] == "success" and unit["ConditionResult"])


def _more(unit: Unit) -> str:
    return f"`journalctl -u {unit.name.removesuffix('.service')}` tells more"
