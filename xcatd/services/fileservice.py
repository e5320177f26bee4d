"""Services that are a few files and a server that reads them: what is common to all of them.

The new files are looked at by the server's own checker, take the old ones' place, the server reads them, and is asked whether it
has them. Where one of these steps fails, the old files come back and the server goes on with them. A mark stays as long as the
server may not have read what is there: whoever comes after a daemon that was ended in the middle of this has it read that.
"""

from __future__ import annotations

import asyncio
import contextlib
import stat
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from xcatd.errors import ServiceError
from xcatd.services.addresses import look_up
from xcatd.services.files import difference, make_folder, read_text, replace_text
from xcatd.services.managers import Manager, Program, Report, State
from xcatd.services.place import Place
from xcatd.services.ports import Port, Taken, taken
from xcatd.services.service import Outcome, Service, Work

Read = Callable[[Path], str]
"""Gives the text of a file as it is, "" when there is none. It blocks."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it shall be. `mode` counts for a file that is new; an old one keeps its own. `text` None: it shall not be there.
    `keeps`: it is a whole file of the distribution's, of which what stood there before us stays as NAME.xcatbak."""

    text: str | None
    mode: int = 0o644
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a service wants on this host. `folders` are made when they are missing. `restarts`: its server, although it can reload,
    must be restarted to see a change of these files. `warnings`: sentences about what the tables say and is left out."""

    files: Mapping[Path, File]
    folders: Sequence[Path] = ()
    restarts: bool = False
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs from what it shall be."""

    path: Path
    old: str | None
    new: File

    def lines(self) -> Sequence[str]:
        """What differs, as a diff."""
        return difference(self.path, self.old or "", self.new.text or "")

    def make(self) -> None:
        """Blocks. Raises ServiceError, with the old file as it was."""
        backup = self.path.with_name(f"{self.path.name}.xcatbak")
        if self.new.keeps and self.old is not None and not backup.exists():
            _put(backup, self.old, stat.S_IMODE(self.path.stat().st_mode))
        _put(self.path, self.new.text, self.new.mode)

    def undo(self) -> None:
        """The old file is there again, as far as the disk allows. Blocks."""
        with contextlib.suppress(ServiceError):
            _put(self.path, self.old, self.new.mode)


class FileService(Service):
    """Say what is to be in which file, and how the server is asked; the rest is here."""

    deed: ClassVar[str] = "is set"
    """What `act` does, for people."""

    def names(self, place: Place) -> Collection[str]:
        """Names that `render` needs the addresses of."""
        return ()

    @abstractmethod
    def render(self, place: Place, value: str, now: Read) -> Rendered:
        """What is wanted. Pure, but for `now`. Raises ServiceError for what the tables say and cannot be meant."""

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        """Where its server listens: nobody else may."""
        return ()

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        """Have the server's own checker look at the new files before they are used. Raises ServiceError with what it says."""

    async def holds(self, place: Place, value: str) -> bool:
        """Whether all that no file shows is as it shall be already."""
        return True

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        """Do what makes that so, once the files are in place. Raises ServiceError."""

    async def verify(self, place: Place, value: str) -> None:
        """Ask the running server whether it does what it was told. Raises ServiceError when it does not."""

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        place = replace(place, resolved=await look_up(sorted(self.names(place))))
        rendered, changes = await asyncio.to_thread(self._changes, place, value)
        program = self.program(place, value)
        report = Report(State.RUNNING) if program is None else await work.manager.report(program)
        runs = report.state is State.RUNNING
        mark = place.root / f"run/xcat/services/{self.name}.unread"
        unread = await asyncio.to_thread(mark.exists)
        lines = [line for each in changes for line in each.lines()]
        missing = await asyncio.to_thread(_missing, rendered.folders)
        lines += [f"{self.name}: the folder {folder} is made" for folder in missing]
        if program is not None and (changes or unread or not runs):
            lines.append(f"{self.name}: {program.name} {_verb(program, rendered, runs=runs)}")
        holds = await self.holds(place, value)
        if not holds:
            lines.append(f"{self.name}: {self.deed}")
        if not work.dry_run:
            run = _Run(place, value, work.manager, rendered, changes, program, runs, report.process, mark, unread)
            await self._do(run, holds=holds)
        return Outcome(bool(lines), lines, rendered.warnings)

    def _changes(self, place: Place, value: str) -> tuple[Rendered, Sequence[Change]]:
        rendered = self.render(place, value, read_text)
        found = ((path, _old(path), file) for path, file in rendered.files.items())
        return rendered, [Change(path, old, file) for path, old, file in found if old != file.text]

    async def _do(self, run: _Run, *, holds: bool) -> None:
        if run.changes or not run.runs:
            await run.have_room(self.ports(run.place, run.value))
        if run.changes:
            await self.check(run.place, run.value, run.rendered)
        await asyncio.to_thread(_folders, run.rendered.folders)
        made: list[Change] = []
        if run.changes and run.program is not None:
            await asyncio.to_thread(_mark, run.mark)
        try:
            for change in run.changes:
                await asyncio.to_thread(change.make)
                made.append(change)
            if not holds:
                await self.act(run.place, run.value, run.manager)
            await run.use()
            await self.verify(run.place, run.value)
        except ServiceError:
            for change in reversed(made):
                await asyncio.to_thread(change.undo)
            if made:
                await run.use_old()
            raise
        await asyncio.to_thread(_unmark, run.mark)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, and what it does with the server. `runs`: it did before, as this `process`, 0: nobody knows. `mark`: a file that is
    there while the server may not have read its own; `unread`: it was there before."""

    place: Place
    value: str
    manager: Manager
    rendered: Rendered
    changes: Sequence[Change]
    program: Program | None
    runs: bool
    process: int
    mark: Path
    unread: bool

    async def have_room(self, ports: Sequence[Port]) -> None:
        """Raises ServiceError, which names who has a port that the server shall have."""
        for port in ports:
            found = await asyncio.to_thread(taken, port)
            if found is not None and not (self.runs and self._is_own(found)):
                raise ServiceError(str(found))

    def _is_own(self, found: Taken) -> bool:
        """Whether it may be the server itself that has the port."""
        if self.program is None or not found.holders or not self.process:
            return True
        return self.process in {holder.process for holder in found.holders}

    async def use(self) -> None:
        """Have the server read its files, or start it. Raises ServiceError."""
        if self.program is None:
            return
        await self.manager.enable(self.program)
        if not self.runs:
            await self.manager.start(self.program)
        elif self.changes or self.unread:
            await self._read_again(self.program)

    async def use_old(self) -> None:
        """The old files are there again: the server goes on with them, if it ran before."""
        if self.program is not None and self.runs:
            with contextlib.suppress(ServiceError):
                await self._read_again(self.program)
                await asyncio.to_thread(_unmark, self.mark)

    async def _read_again(self, program: Program) -> None:
        if self.rendered.restarts or program.reloads is None:
            await self.manager.restart(program)
        else:
            await self.manager.reload(program)


def _verb(program: Program, rendered: Rendered, *, runs: bool) -> str:
    if not runs:
        return "is started"
    return "is restarted" if rendered.restarts or program.reloads is None else "is reloaded"


def _missing(folders: Sequence[Path]) -> Sequence[Path]:
    return [folder for folder in folders if not folder.is_dir()]


def _old(path: Path) -> str | None:
    return read_text(path) if path.exists() else None


def _mark(path: Path) -> None:
    make_folder(path.parent)
    replace_text(path, "")


def _unmark(path: Path) -> None:
    _put(path, None, 0)


def _put(path: Path, text: str | None, mode: int) -> None:
    if text is not None:
        make_folder(path.parent)
        replace_text(path, text, mode=mode)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ServiceError(f"{path} cannot be removed: {(error.strerror or str(error)).lower()}") from error


def _folders(folders: Sequence[Path]) -> None:
    for folder in folders:
        make_folder(folder)
