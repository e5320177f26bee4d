"""One run of a program of the site."""

from __future__ import annotations

import asyncio
import shlex
from asyncio.subprocess import DEVNULL, PIPE

from xcatd.services.processes import started


async def run_program(command: str, text: str, patience: float) -> str:
    """Run a program with a text on its standard input; what it prints goes nowhere. Gives what went wrong, "" if nothing.

    `command` is a path, with words behind it as a shell would split them; no shell runs it. After `patience` seconds the
    program and what it has started are killed.
    """
    try:
        options = {"stdin": PIPE, "stdout": DEVNULL, "stderr": DEVNULL, "cwd": "/"}
        async with asyncio.timeout(patience), started(shlex.split(command), **options) as process:
            await process.communicate(text.encode("utf-8", "surrogateescape"))
    except TimeoutError:
        return f"did not end within {patience:g} s and was killed"
    except (OSError, ValueError, TypeError) as error:
        return f"cannot be run: {error.strerror if isinstance(error, OSError) else error}"
    return f"ended with status {process.returncode}" if process.returncode else ""
