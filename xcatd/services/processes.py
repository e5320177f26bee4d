"""Programs that run as groups of their own, and are gone with all that they have started when nobody wants them any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any


@asynccontextmanager
async def started(words: Sequence[str | Path], **options: Any) -> AsyncIterator[Process]:
    """A program that leads a session of its own, while the block runs; `options` as of asyncio.create_subprocess_exec.

    Its group is killed when the block is left by an error, and when the program itself still runs; what a program leaves behind
    that has ended by itself stays. Raises OSError, ValueError or TypeError when it cannot be started.
    """
    process = await _start(words, start_new_session=True, **options)
    is_whole = False
    try:
        yield process
        is_whole = True
    finally:
        if not is_whole or process.returncode is None:
            await _end(process)


async def _start(words: Sequence[str | Path], **options: Any) -> Process:
    """Whoever is cancelled meanwhile waits for the start, to end it: asyncio would kill the program only, and not what it has
    started by then."""
    starting = asyncio.get_running_loop().create_task(asyncio.create_subprocess_exec(*words, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait((starting,))
        if starting.exception() is None:
            await _end(starting.result())
        raise


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()  # to the end of what it said, else asyncio waits for ever
