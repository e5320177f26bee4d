"""Programs of this host: whether they are installed, what they say, and waiting for servers that take their time."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from xcatd.errors import ServiceError

_T = TypeVar("_T")
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


async def answered(ask: Callable[[], Awaitable[_T]], within: float, *silence: type[Exception]) -> _T | None:
    """The answer of a server that may have just been started: it is asked again while asking raises `silence`. None: there is no
    answer, `within` so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while True:
                with contextlib.suppress(*silence):
                    return await ask()
                await asyncio.sleep(_AGAIN_AFTER)
    return None


async def comes_true(question: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Ask again and again until the answer is yes; False when it is not, `within` so many seconds."""
    clock = asyncio.get_running_loop().time
    end = clock() + within
    while clock() < end:
        if await question():
            return True
        await asyncio.sleep(_AGAIN_AFTER)
    return False
