"""One real daemon, without service nodes, for tests of what happens at its doors."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, build, environment
from tests.helpers.program import rest


@contextlib.contextmanager
def alone(folder: Path, name: str = "mn1", prepare: Callable[[Daemon], None] | None = None) -> Iterator[Daemon]:
    """A management node that runs, and is stopped at the end; `prepare` may change its files before it starts."""
    with served(build(folder, (), name).management, prepare) as daemon:
        yield daemon


@contextlib.contextmanager
def served(daemon: Daemon, prepare: Callable[[Daemon], None] | None = None) -> Iterator[Daemon]:
    """The same for one that is set up already."""
    try:
        if prepare is not None:
            prepare(daemon)
        daemon.start()
        until(lambda: "hung up" in daemon.log(), "the line about the probe that saw it start")
        yield daemon
    finally:
        daemon.stop()


def typed(daemon: Daemon, *lines: str) -> str:
    """Type command lines as root, of which each must succeed; gives what the last one printed."""
    done = None
    for line in lines:
        done = daemon.run(*shlex.split(line))
        assert (done.returncode, done.stderr) == (0, ""), f"{line}: {done.stderr}"
    return done.stdout if done else ""


def credentials(daemon: Daemon, name: str, *words: str, role: str = "user") -> Path:
    """The folder of a new certificate, made on the daemon's host."""
    folder = daemon.root.parent / f"{name}.xcat"
    made = daemon.xcatcert("issue", role, name, "--dir", str(folder), *words)
    assert made.returncode == 0, made.stderr
    return folder


WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all")
"""Before a command: it is still root, but the modes of files count."""


def run_with(daemon: Daemon, before: Sequence[str], *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """As `Daemon.run` through the port, started by the program and options in `before`."""
    where = {"XCATHOST": daemon.host, "XCAT_CREDENTIALS": str(daemon.credentials)}
    return subprocess.run(
        [*before, sys.executable, "-I", "-S", "-c", CLIENT, *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=environment(**where | env),
        timeout=120,
    )


def run_as(daemon: Daemon, user: int, *argv: str) -> subprocess.CompletedProcess[str]:
    """Type a command on the daemon's host as somebody else: the client is loaded, then it is this user's process."""
    return subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _LOADED + f"os.setgroups([]); os.setgid({user}); os.setuid({user}); main()",
            *argv,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(XCAT_ROOT=str(daemon.root)),
        timeout=120,
    )


_LOADED = CLIENT.replace("main()", "") + "import os, _socket, select, xcat_client.blame, xcat_client.connect; "


def log_lines(daemon: Daemon, event: str = "") -> list[dict[str, Any]]:
    """The lines of the daemon's log, of one event or all."""
    whole = daemon.log().rpartition("\n")[0]  # the last line may be being written
    lines = [json.loads(line) for line in whole.splitlines()]
    return [line for line in lines if not event or line["event"] == event]


def until(holds: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait until something is the case, and give it; what does not come within the tests' patience fails."""
    begun = time.monotonic()
    deadline = begun + patience
    while not (found := holds()):
        now = time.monotonic()
        assert now < deadline, f"waited for {what} in vain"
        rest(now - begun)
        begun = time.monotonic()
    return found
