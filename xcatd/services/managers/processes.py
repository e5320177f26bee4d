"""Servers as processes of their own, for hosts and roots where no systemd runs them.

They outlive the daemon that started them, and any daemon of the same root knows them by a file. None is started again by itself:
who watches decides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from xcatd.errors import ServiceError
from xcatd.services.files import my_turn, read_text, replace_text
from xcatd.services.managers.launch import found, launch, path_of
from xcatd.services.managers.manager import Program, Report, State
from xcatd.services.managers.output import Output
from xcatd.services.managers.process import Process
from xcatd.services.managers.unit import signal_name

_STAYS = 0.3
"""Seconds after which a server that was going to end at once has done so."""
_STOPS_WITHIN = 10.0
_IS_KILLED_WITHIN = 10.0
"""Seconds. The kernel may have to finish something for it first."""
_AGAIN_AFTER = 1.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Attended:
    """A process whose end somebody waits for; `how` it ended, as `subprocess` counts, None: nobody knows; and `when`, in seconds
    since 1970, 0: it has not, or nobody knows."""

    process: Process
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    how: int | None = None
    when: float = 0.0


class Processes:
    """`root`: the files of this host are below it; in run/xcat/services is who runs, in var/log/xcat/services what was said."""

    has_units = False

    def __init__(self, root: Path) -> None:
        self._run = root / "run/xcat/services"
        self._logs = root / "var/log/xcat/services"
        self._attended: dict[str, _Attended] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)  # else what is raised in between would arrive as a group

    # -- what it does --------------------------------------------------------------------------------------------

    async def report(self, program: Program) -> Report:
        process = self._known(program)
        if process is not None and process.is_alive:
            return Report(State.RUNNING, process=process.number)
        if found(program) is None:
            return Report(State.ABSENT)
        if process is None:
            return Report(State.STOPPED)
        return Report(State.FAILED, await self._why(program, process))

    async def watch(self, program: Program) -> AsyncGenerator[Report, None]:
        news = asyncio.Event()
        self._watchers.setdefault(program.name, set()).add(news)
        last: Report | None = None
        try:
            while True:
                news.clear()
                report = await self.report(program)
                if report != last:
                    last = report
                    yield report
                await news.wait()
        finally:
            self._watchers[program.name].discard(news)

    # -- what it shall do ----------------------------------------------------------------------------------------

    async def enable(self, program: Program) -> None:
        """Nothing: this daemon starts with the host, and starts it."""

    async def start(self, program: Program) -> None:
        async with self._turn(program):
            await self._start(program)

    async def restart(self, program: Program) -> None:
        path_of(program)  # else the old one goes on
        async with self._turn(program):
            await self._stop(program)
            await self._start(program)

    async def reload(self, program: Program) -> None:
        path_of(program)
        async with self._turn(program):
            process = self._known(program)
            if process is not None and process.is_alive and program.reloads is not None:
                self._send(program, process, program.reloads)
                return
            await self._stop(program)
            await self._start(program)

    async def stop(self, program: Program) -> None:
        async with self._turn(program):
            await self._stop(program)

    async def reload_units(self) -> None:
        """Nothing: there are none."""

    # -- how -----------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _turn(self, program: Program) -> AsyncIterator[None]:
        """One at a time, of all daemons of this root."""
        async with self._turns.setdefault(program.name, asyncio.Lock()), my_turn(self._run / f"{program.name}.lock"):
            try:
                yield
            finally:
                self._tell(program.name)

    async def _start(self, program: Program) -> None:
        before = self._known(program)
        if before is not None and before.is_alive:
            return
        process = await asyncio.to_thread(self._launched, program)
        attended = self._attend(program.name, process)
        self._tell(program.name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STAYS):
                await attended.ended.wait()
        if attended.ended.is_set():
            raise ServiceError(f"{program.name} does not start: {await self._why(program, process)}")

    def _launched(self, program: Program) -> Process:
        """What was started, and is known from now on."""
        with self._output(program).opened(program.name) as output:
            process = launch(program, output)
        try:
            replace_text(self._file(program), f"{process.number} {process.started}\n")
        except ServiceError:
            process.kill()  # nobody would find it again
            raise
        return process

    async def _stop(self, program: Program) -> None:
        process = self._known(program)
        if process is not None and not process.is_buried:
            attended = self._attend(program.name, process)
            self._send(program, process, signal.SIGTERM)
            if not await _ends(attended, _STOPS_WITHIN):
                await self._kill(program, attended)
        self._file(program).unlink(missing_ok=True)

    def _send(self, program: Program, process: Process, number: signal.Signals) -> None:
        try:
            process.send(number)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ServiceError(
                f"{program.name} (process {process.number}) cannot be sent {number.name}: {reason}"
            ) from error

    async def _kill(self, program: Program, attended: _Attended) -> None:
        text = f"kills {program.name}, which does not stop within {_STOPS_WITHIN:g} s"
        await asyncio.to_thread(self._output(program).note, text)
        attended.process.kill()
        if not await _ends(attended, _IS_KILLED_WITHIN):
            raise ServiceError(
                f"{program.name} (process {attended.process.number}) does not stop, the kernel keeps it: "
                "look for a disk or a file server that does not answer"
            )

    async def _why(self, program: Program, process: Process) -> str:
        """Why it has ended, and where to read more."""
        attended = self._attended.get(program.name)
        if attended is None or attended.process != process:
            attended = _Attended(process)
        said = await asyncio.to_thread(self._output(program).last_words, attended.how, attended.when)
        return f"{_how(attended.how)}{': ' if said else ''}{said} ({self._output(program).path} tells more)"

    # -- what is known -------------------------------------------------------------------------------------------

    def _known(self, program: Program) -> Process | None:
        """What was started last and not stopped. If it is still there, its end will be noticed."""
        number, _, started = read_text(self._file(program)).strip().partition(" ")
        if not (number.isdecimal() and started.isdecimal()):
            return None
        process = Process(int(number), int(started))
        if not process.is_buried:
            self._attend(program.name, process)
        return process

    def _attend(self, name: str, process: Process) -> _Attended:
        there = self._attended.get(name)
        if there is not None and there.process == process:
            return there
        attended = self._attended[name] = _Attended(process)
        task = self._group.create_task(self._await_end(name, attended), name=f"the end of {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return attended

    async def _await_end(self, name: str, attended: _Attended) -> None:
        while not attended.ended.is_set():
            try:
                attended.how = await attended.process.ended()
            except OSError as error:  # this daemon has too many files open
                log.warning("the end of %s cannot be waited for, it is tried again: %s", name, error)
                await asyncio.sleep(_AGAIN_AFTER)
            else:
                attended.when = time.time()
                attended.ended.set()
        self._tell(name)

    def _tell(self, name: str) -> None:
        for news in self._watchers.get(name, ()):
            news.set()

    def _file(self, program: Program) -> Path:
        return self._run / f"{program.name}.pid"

    def _output(self, program: Program) -> Output:
        return Output(self._logs / f"{program.name}.log")


async def _ends(attended: _Attended, within: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await attended.ended.wait()
    return attended.ended.is_set()


def _how(status: int | None) -> str:
    if status is None:
        return "it has ended"
    return f"it ended with status {status}" if status >= 0 else f"it was killed by {signal_name(-status)}"
