"""Programs that build images: what they say goes on line by line, and they end with who started them. Synchronous: for tasks."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.programs import find_program

Say = Callable[[str], None]
"""Where a line of progress goes."""
_LAST: Final = 6
"""So many lines of a program that failed are in the error."""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT: Final = {"PATH": _PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}
_ENCLOSED: Final = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"),
)


def needed(program: str, packages: str) -> str:
    """The path of a program. Raises ServiceError, which names the packages that have it."""
    found = find_program(program)
    if found is None:
        raise ServiceError(f"{program} is not installed: install {packages}")
    return found


def enclosed(words: Sequence[str]) -> list[str]:
    """A command line in mount and PID namespaces of its own (unshare(1)): what it mounts nobody else sees, and all that it has
    started is killed when it ends, or when the thread that started it does."""
    return [*_ENCLOSED, *words]


def run_saying(
    words: Sequence[str],
    say: Say,
    *,
    what: str = "",
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    fine: Collection[int] = (),
    reasons: re.Pattern[str] | None = None,
) -> None:
    """Run a program. `say` gets each line that it prints, errors too. `env` is added to an environment that has nothing of ours.

    Raises ServiceError with its last lines when it fails, or with the last that fit `reasons`, if there are such; `what` is who it
    was, usually the program's name. A status in `fine` is no failure. Whoever is interrupted here ends the program, and waits until
    nobody has its output any more.
    """
    what = what or words[0]
    last: deque[str] = deque(maxlen=_LAST)
    telling: deque[str] = deque(maxlen=_LAST)
    try:
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**_ENVIRONMENT, **(env or {})},
            cwd=cwd,
            umask=0o022,
        ) as process:
            assert process.stdout is not None
            try:
                for octets in process.stdout:
                    if line := _clean(octets):
                        last.append(line)
                        if reasons is not None and reasons.match(line):
                            telling.append(line)
                        say(line)
            except BaseException:
                process.kill()
                process.stdout.read()
                raise
    except OSError as error:
        raise ServiceError(
            f"{what} cannot be run: {(error.strerror or os.strerror(error.errno or 0)).lower()}"
        ) from error
    if process.returncode and process.returncode not in fine:
        raise ServiceError(
            f"{what} failed ({_end(process.returncode)}): {' | '.join(telling or last) or 'it said nothing'}"
        )


def _clean(octets: bytes) -> str:
    """A line as it looks on a terminal: of what a carriage return overwrites the last counts."""
    return octets.decode(errors="replace").rstrip().rpartition("\r")[2].strip()


def _end(status: int) -> str:
    return f"status {status}" if status > 0 else f"signal {-status}"
