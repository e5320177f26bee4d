"""What is asked of whatever runs the servers of this host."""

from __future__ import annotations

import signal
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class State(StrEnum):
    """What a server does, as a person is told."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    FAILED = "failed"
    ABSENT = "absent"
    """It is not installed."""


@dataclass(frozen=True, slots=True)
class Report:
    """`detail`: why it failed, "" otherwise. `process`: its main process, 0 when it has none."""

    state: State
    detail: str = ""
    process: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """A server as distributions have it: data.

    `name` is what people call it. `units` are systemd's names of it, without `.service` (other kinds have their
    endings: `install.mount`); the first that is there counts. `words` is
    the command line that runs it in the foreground, where systemd does not: words[0] is looked for in the places of programs.
    `packages` names what is to be installed. `reloads`: the signal that has it read its files again; None: it must be restarted.
    `account`: whose it is where systemd does not run it, "" for root.
    """

    name: str
    units: tuple[str, ...]
    words: tuple[str, ...]
    packages: str
    reloads: signal.Signals | None = signal.SIGHUP
    account: str = ""


class Manager(Protocol):
    """All but `report` and `watch` raise ServiceError with one sentence, which has the reason and where to read more."""

    @property
    def has_units(self) -> bool:
        """Whether systemd runs things here: then units that are no servers (mounts, settings of the kernel) are started as well."""
        ...

    async def report(self, program: Program) -> Report:
        """What it does now."""
        ...

    async def enable(self, program: Program) -> None:
        """It starts again with the host, too. Doing it twice does nothing."""
        ...

    async def start(self, program: Program) -> None:
        """It runs when this returns, and did not end at once. One that runs already is left alone."""
        ...

    async def restart(self, program: Program) -> None:
        """The same, with a new process."""
        ...

    async def reload(self, program: Program) -> None:
        """It reads its files again; one that cannot is restarted, one that does not run is started."""
        ...

    async def stop(self, program: Program) -> None:
        """It does not run when this returns."""
        ...

    async def reload_units(self) -> None:
        """systemd reads all units again, and makes those of fstab(5) anew. Where it does not run, nothing is done."""
        ...

    def watch(self, program: Program) -> AsyncGenerator[Report, None]:
        """What it does: now, and at each change, until cancelled."""
        ...


def manager_of(root: Path) -> AbstractAsyncContextManager[Manager]:
    """What runs the servers of a host whose files are below `root`: systemd for a whole host that has it as its first process."""
    from xcatd.services.programs import has_systemd

    if root == Path("/") and has_systemd():
        from xcatd.services.managers.systemd import Systemd  # with its library, which no other host needs

        return Systemd()
    from xcatd.services.managers.processes import Processes

    return Processes(root)
