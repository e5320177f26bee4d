"""A command that somebody types at a terminal: what he sees, and what he answers."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator

from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, environment
from tests.helpers.shells import Shell


class Sitting:
    """A command at a terminal. `shell` shows both of its outputs, and takes what is typed."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.shell = Shell(terminal)
        self._process = process
        self._terminal = terminal

    def end(self) -> tuple[int, str]:
        """Its exit status, and what it showed since something was last waited for."""
        status = self._process.wait(PATIENCE)
        with contextlib.suppress(OSError):  # EIO: nobody holds the other end any more
            while data := os.read(self._terminal, 65536):
                self.shell.screen += data.decode()
        return status, self.shell.screen


@contextlib.contextmanager
def at_terminal(daemon: Daemon, *argv: str) -> Iterator[Sitting]:
    """Type a command on the daemon's host."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CLIENT, *argv],
        stdin=its,
        stdout=its,
        stderr=its,
        env=environment(XCAT_ROOT=str(daemon.root), XCAT_CREDENTIALS=str(daemon.credentials)),
        start_new_session=True,
    )
    os.close(its)
    try:
        yield Sitting(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
