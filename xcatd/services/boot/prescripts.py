"""Scripts of the site that run on servers before and after `nodeset` (table prescripts, protocol.md 9.5)."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.processes import started

Phase = Literal["begin", "end"]
DEFAULTS: Final = "xcatdefaults"
"""The row of table prescripts for all nodes."""
LASTS: Final = 300.0
"""Seconds for one script."""
_MOST: Final = 1 << 16
"""Bytes of a script's words that are read; the others are thrown away."""
_SEVERAL: Final = re.compile(r"^#+\s*xCAT setting: *MAX_INSTANCE=(\d+)", re.MULTILINE)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]*(/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*")
Say = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Scripts:
    """One phase on one host. `folder`: where scripts are. `action`: what they are told, the word behind the noderange. `failed`:
    the nodes for which one did not succeed, and why."""

    world: World
    folder: Path
    phase: Phase
    action: str
    say: Say
    lasts: float = LASTS
    failed: dict[str, ServiceError] = field(default_factory=dict)

    async def run(self, nodes: Sequence[str]) -> None:
        """Run the scripts of each node, one after the other; nodes with the same scripts together."""
        for names, some in self._lists(nodes).items():
            for name in names:
                left = [node for node in some if node not in self.failed]
                if left:
                    await self._script(name, left)

    def _lists(self, nodes: Sequence[str]) -> Mapping[tuple[str, ...], Sequence[str]]:
        if not self.world.snapshot.table("prescripts").rows:
            return {}
        word = self.action.partition("=")[0]
        common = scripts_in(self.world.value(DEFAULTS, "prescripts", self.phase), word)
        lists: dict[tuple[str, ...], list[str]] = {}
        for node, text in zip(nodes, self.world.column(nodes, "prescripts", self.phase), strict=True):
            names = tuple(dict.fromkeys((*common, *scripts_in(text, word))))
            if names:
                lists.setdefault(names, []).append(node)
        return lists

    async def _script(self, name: str, nodes: Sequence[str]) -> None:
        try:
            path = self.folder / name
            text = await asyncio.to_thread(_read, path, name)
        except ServiceError as error:
            self.failed |= dict.fromkeys(nodes, error)
            return
        await self.say(f"Running {self.phase} script {name} for nodes {','.join(nodes)}.")
        several = _SEVERAL.search(text)
        if several is None:
            await self._once(path, name, nodes)
            return
        turns = asyncio.Semaphore(max(1, int(several[1])))

        async def one(node: str) -> None:
            async with turns:
                await self._once(path, name, (node,))

        async with asyncio.TaskGroup() as group:
            for node in nodes:
                group.create_task(one(node))

    async def _once(self, path: Path, name: str, nodes: Sequence[str]) -> None:
        try:
            status, said = await run(path, {"NODES": ",".join(nodes), "ACTION": self.action}, self.lasts)
        except ServiceError as error:
            self.failed |= dict.fromkeys(nodes, error)
            return
        if status == 0:
            for line in said.splitlines():
                await self.say(f"{name}: {line}")
            return
        reason = ServiceError(f"{name}: return code={status}. Error message={said.strip()}")
        self.failed |= dict.fromkeys(nodes, reason)


def scripts_in(text: str, action: str) -> Sequence[str]:
    """`a,b|osimage:c` -> the scripts for an action, in their order."""
    names: list[str] = []
    for token in text.split("|"):
        word, colon, rest = token.partition(":")
        if colon and word.strip() != action:
            continue
        names += [name.strip() for name in (rest if colon else token).split(",") if name.strip()]
    return names


async def run(path: Path, variables: Mapping[str, str], lasts: float) -> tuple[int, str]:
    """The exit status of a script and what it said. Raises ServiceError: it cannot be run, or has no end; then it is ended, with
    all that it started."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/root", "LC_ALL": "C.UTF-8", **variables}
    options = {"stdin": DEVNULL, "stdout": PIPE, "stderr": STDOUT, "env": environment, "cwd": "/"}
    try:
        async with asyncio.timeout(lasts), started([path], **options) as process:
            said = await _words(process)
            status = await process.wait()
    except TimeoutError:
        raise ServiceError(f"{path} had no end within {lasts:g} s and was ended") from None
    except OSError as error:
        raise ServiceError(f"{path} cannot be run: {(error.strerror or str(error)).lower()}") from error
    return status, said


async def _words(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    kept = bytearray()
    while some := await process.stdout.read(_MOST):
        kept += some[: _MOST - len(kept)]
    return "".join(_printable(kept.decode(errors="replace")))


def _printable(text: str) -> Iterator[str]:
    return (sign for sign in text if sign.isprintable() or sign in "\n\t")


def _read(path: Path, name: str) -> str:
    """Raises ServiceError for what cannot be a script of the site."""
    if not _NAME.fullmatch(name):
        raise ServiceError(f"Table prescripts has {name!r}, which is no name of a script: correct it")
    try:
        for place in (path, *path.parents[: name.count("/") + 1]):
            there = place.stat()
            if there.st_mode & 0o022:
                raise ServiceError(f"{place} can be written by others, and scripts run as root: chmod go-w {place}")
            if there.st_uid not in (0, os.geteuid()):
                raise ServiceError(f"{place} belongs to another account, and scripts run as root: chown root {place}")
        return path.read_bytes().decode(errors="replace")
    except OSError as error:
        raise ServiceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
