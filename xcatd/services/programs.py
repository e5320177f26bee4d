"""Programs and services of this host: whether they are installed, what they say, and how systemd restarts them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError

_SBIN = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin"
_SYSTEMD = Path("/run/systemd/system")
"""It is there when systemd is the first process (sd_booted(3))."""
_AGAIN_AFTER = 0.02
"""Seconds between two questions to something that takes its time."""


def find_program(name: str) -> str | None:
    """The path of a program; None when it is not installed."""
    return shutil.which(name, path=_SBIN)


def has_systemd() -> bool:
    """Whether systemd runs this host's services."""
    return _SYSTEMD.is_dir()


async def run_program(words: Sequence[str]) -> tuple[int, Sequence[str]]:
    """The exit status of a program, and the lines that it said. Raises ServiceError when it cannot be run."""
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise ServiceError(f"{words[0]} cannot be run: {(error.strerror or str(error)).lower()}") from error
    out, _ = await process.communicate()
    return process.returncode or 0, [line.strip() for line in out.decode(errors="replace").splitlines() if line.strip()]


async def comes_true(question: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Ask again and again until the answer is yes; False when it is not, `within` so many seconds."""
    clock = asyncio.get_running_loop().time
    end = clock() + within
    while clock() < end:
        if await question():
            return True
        await asyncio.sleep(_AGAIN_AFTER)
    return False


@dataclass(frozen=True, slots=True)
class Unit:
    """A service of systemd under the names that distributions give it; the first one that is there counts."""

    names: tuple[str, ...]

    async def is_running(self) -> bool:
        return (await run_program(["systemctl", "is-active", "--quiet", await self._name()]))[0] == 0

    async def restart(self) -> None:
        """Raises ServiceError when it does not start."""
        await self._do("restart")

    async def reload(self) -> None:
        """It reads its files again. Raises ServiceError when it does not run."""
        await self._do("reload")

    async def _do(self, verb: str) -> None:
        name = await self._name()
        status, said = await run_program(["systemctl", verb, name])
        if status:
            reason = said[0] if said else f"exit status {status}"
            raise ServiceError(f"`systemctl {verb} {name}` fails: {reason} (journalctl -u {name} tells more)")

    async def _name(self) -> str:
        for name in self.names:
            if (await run_program(["systemctl", "cat", name]))[0] == 0:
                return name
        raise ServiceError(f"There is no service {self.names[0]} of systemd: install its package")
