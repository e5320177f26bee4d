"""A foreign server program under an account of its own, such as a database: started, stopped, killed and started again.

It ends with the test process at the latest: the kernel sends it a signal when the thread that started it is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.helpers.claims import ports

PATIENCE = 60.0
"""Seconds after which a program that does not do as it is told is given up: machines of tests are busy."""
ENVIRONMENT = {"PATH": f"{os.defpath}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""What programs are given: nothing of the environment of the tests."""
_OFTEN, _SELDOM = 0.01, 0.3
"""Seconds between two looks, at the least and at the most."""


def under(account: str, *options: str) -> list[str]:
    """The words before a command line that make it run as an unprivileged account."""
    return ["setpriv", "--reuid", account, "--regid", account, "--clear-groups", *options]


class Port:
    """A port of 127.0.0.1 that stays a server's while it is stopped, until `close`."""

    def __init__(self) -> None:
        self.number = ports().free("127.0.0.1")
        ports().keep(self.number)

    def close(self) -> None:
        ports().release(self.number)


class Program:
    """A program with a log file. `stopping` asks it to end in good order, `orphaned` is what it gets with nobody left."""

    def __init__(
        self, words: Sequence[str], account: str, log: Path, *, stopping: signal.Signals, orphaned: signal.Signals
    ) -> None:
        self._words = [*under(account, "--pdeathsig", orphaned.name), *words]
        self._log = log
        self._stopping = stopping
        self._process: subprocess.Popen[bytes] | None = None
        # A thread of ours, because the program gets its signal when the thread ends: a test may start it from any other.
        self._thread = ThreadPoolExecutor(1, "program")

    @property
    def pids(self) -> list[int]:
        """The program's processes, the first one first; empty while it does not run."""
        if self._process is None or self._process.poll() is not None:
            return []
        return [self._process.pid, *_children(self._process.pid)]

    def start(self, answers: Callable[[], bool]) -> None:
        """Start it and wait until it answers. AssertionError, with the end of its log: it ended instead."""
        assert not self.pids, f"{self._words[-1]} runs already"
        self._process = self._thread.submit(self._launched).result()
        for _ in moments(f"{self._log} to tell of a server that answers"):
            assert self._process.poll() is None, f"the server ended: {self._log.read_text(errors='replace')[-2000:]}"
            if answers():
                return

    def stop(self) -> None:
        """Ask it to end and wait for that; nothing if it does not run."""
        if self._process is None or not self.pids:
            return
        os.kill(self._process.pid, self._stopping)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill all its processes at once, as if the host lost its power but for the disk; nothing if it does not run."""
        if self._process is None or not self.pids:
            return
        first = self._process.pid
        os.kill(first, signal.SIGSTOP)  # or it would see its children die, and start others
        for _ in moments(f"process {first} to stand still"):
            if _state(first) == "T":
                break
        children = _children(first)
        for pid in (first, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        for _ in moments(f"the processes {children} to be gone"):
            if not any(map(is_alive, children)):
                return

    def close(self) -> None:
        """Stop it for good."""
        try:
            self.stop()
        finally:
            self._thread.shutdown()

    def _launched(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
            )


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that is dead and not yet buried by its parent does not count."""
    return _state(pid) not in ("", "Z", "X")


def rest(seconds: float) -> None:
    """Pause after a look that took so long. One that takes long, as by a command, must come seldom: else looking would keep the
    machine from what is waited for."""
    time.sleep(min(max(_OFTEN, 2 * seconds), _SELDOM))


def moments(what: str) -> Iterator[None]:
    """Moments in which to look whether something is the case. AssertionError: too many have passed."""
    deadline = time.monotonic() + PATIENCE
    while (begun := time.monotonic()) < deadline:
        yield
        rest(time.monotonic() - begun)
    raise AssertionError(f"waited for {what} in vain")


def _stat(pid: int | str) -> list[str]:
    """State, parent and so on (proc(5), /proc/pid/stat, from field 3); empty without such a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _state(pid: int) -> str:
    return next(iter(_stat(pid)), "")


def _children(parent: int) -> list[int]:
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in numbers if _stat(pid)[1:2] == [str(parent)]]
