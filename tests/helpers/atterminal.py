"""A command that somebody types at a terminal: what he sees, and what he answers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator

from tests.helpers.cluster import CLIENT, PATIENCE, Daemon, environment
from tests.helpers.shells import Shell


class Sitting:
    """A command at a terminal. `shell` shows both of its outputs, and takes what is typed; `terminal` is our end of it."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.shell = Shell(terminal)
        self._process = process
        self.terminal = terminal

    def end(self) -> tuple[int, str]:
        """Its exit status, and what it showed since something was last waited for."""
        status = self._process.wait(PATIENCE)
        with contextlib.suppress(OSError):  # EIO: nobody holds the other end any more
            while data := os.read(self.terminal, 65536):
                self.shell.screen += data.decode()
        return status, self.shell.screen


def _take_terminal() -> None:
    """The terminal is the new session's own: what happens to it is told by signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


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
        preexec_fn=_take_terminal,
    )
    os.close(its)
    try:
        yield Sitting(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
