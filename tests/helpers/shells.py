"""A real shell at a terminal, into which a test types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence

from tests.helpers.cluster import PATIENCE

READY = "ready> "
"""The prompt, which the shell is told to show."""


class Shell:
    """What stands on the screen is in `screen`."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self.screen = ""

    def see(self, text: str) -> str:
        """Wait until something stands on the screen, and wipe it off with what is before it; that is given."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.screen:
            assert select.select([self._terminal], [], [], deadline - time.monotonic())[0], f"in vain: {self.screen!r}"
            self.screen += os.read(self._terminal, 65536).decode(errors="replace")
        before, _, self.screen = self.screen.partition(text)
        return before

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def run(self, line: str) -> str:
        """Type a line and Enter; gives what is shown until the next prompt."""
        self.type(line + "\n")
        return self.see(READY)


@contextlib.contextmanager
def shell(words: Sequence[str], env: Mapping[str, str]) -> Iterator[Shell]:
    """Start one, which must show the prompt `READY`, and end it."""
    ours, its = pty.openpty()
    process = subprocess.Popen(words, stdin=its, stdout=its, stderr=its, env=env, start_new_session=True)
    os.close(its)
    try:
        started = Shell(ours)
        started.see(READY)
        yield started
    finally:
        process.kill()
        process.wait()
        os.close(ours)
