"""The daemon's side of the program that works with all rights of root: `python -m xcatd.building TASK`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from xcatd.errors import ServiceError
from xcatd.services.processes import started
from xcatd.services.programs import find_program, has_systemd

Say = Callable[[str], Awaitable[None]]
_LINE = 1 << 16
"""The longest line that it may say."""
_LEAVING = 30.0
"""Seconds for removing what was begun."""


async def run_task(task: str, given: Mapping[str, object], say: Say) -> None:
    """Have a task done; `say` gets what it says, line by line. Raises ServiceError with the reason when it fails. Whoever cancels
    this ends the task, which removes what it has begun."""
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE, "limit": _LINE}
    async with started(_words(task), **pipes, cwd="/") as process:
        try:
            reason = await _follow(process, json.dumps(given), say)
            status = await process.wait()
        finally:
            await _leave(process)
    if status:
        raise ServiceError(reason or f"{task} ended with status {status} and did not say why")


def _words(task: str) -> Sequence[str]:
    """Where systemd has started the daemon, systemd starts the task as well, because the daemon's own unit has not these rights."""
    words = [sys.executable, "-I", "-m", "xcatd.building", task]
    if not (has_systemd() and "INVOCATION_ID" in os.environ and find_program("systemd-run")):
        return words
    unit = f"xcat-{task}-{secrets.token_hex(4)}"
    own = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={unit}", "--property=Type=exec"]
    return [*own, f"--description=xCAT: {task}", "--", *words]


async def _follow(process: Process, given: str, say: Say) -> str:
    """Gives what it said on stderr."""
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with contextlib.suppress(ConnectionError):  # it says why it does not read
        process.stdin.write(f"{given}\n".encode())
        await process.stdin.drain()
    async with asyncio.TaskGroup() as group:
        errors = group.create_task(_last(process.stderr))
        async for line in _lines(process.stdout):
            await say(line)
    return errors.result().decode(errors="replace").strip()


async def _last(stream: asyncio.StreamReader) -> bytes:
    """The end of what there is to read."""
    kept = b""
    while some := await stream.read(_LINE):
        kept = (kept + some)[-_LINE:]
    return kept


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # too long: what is over goes
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\n")


async def _leave(process: Process) -> None:
    """The end of its input tells it to leave, which takes time."""
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LEAVING):
            await process.wait()
