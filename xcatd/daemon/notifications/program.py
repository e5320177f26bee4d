"""One run of a program of the site."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal


async def run_program(command: str, text: str, patience: float) -> str:
    """Run a program with a text on its standard input; what it prints goes nowhere. Gives what went wrong, "" if nothing.

    `command` is a path, with words behind it as a shell would split them; no shell runs it. After `patience` seconds the
    program and what it has started are killed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except (OSError, ValueError, TypeError) as error:
        return f"cannot be run: {error.strerror if isinstance(error, OSError) else error}"
    try:
        async with asyncio.timeout(patience):
            await process.communicate(text.encode("utf-8", "surrogateescape"))
    except TimeoutError:
        return f"did not end within {patience:g} s and was killed"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return f"ended with status {process.returncode}" if process.returncode else ""
