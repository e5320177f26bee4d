"""Windows that open: each terminal program is waited for until its command runs, or it has given up."""

from __future__ import annotations

import os
import select
import subprocess
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

OPENING_SECONDS = 20.0
"""How long a window may take. What takes longer is left to open when it does: a display may be far away."""


@dataclass(slots=True)
class Opening:
    """A window on its way. `window` is its number for X (WINDOWID), once it is there; "" where nobody knows."""

    process: subprocess.Popen[bytes]
    reports: int
    says: int
    window: str = field(default="")

    @classmethod
    def start(cls, terminal: Sequence[str], command: Callable[[str], Sequence[str]], env: Mapping[str, str]) -> Opening:
        """`command` gets what the shell in the window shall do first: tell that it is there. Raises Trouble."""
        reports, writer = os.pipe()
        says = os.memfd_create("says")
        try:
            # By /dev/fd, since a shell's >& need not know descriptors above 9; <> does not wait for somebody who reads.
            words = [*terminal, *command(f'echo "$WINDOWID" 1<>/dev/fd/{writer}; ')]
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=says,
                stderr=says,
                env=dict(env),
                pass_fds=(writer,),
                start_new_session=True,  # it stays when the terminal is closed in which wcons was typed
            )
        except OSError as error:
            raise Trouble(f"Cannot start {terminal[0]} ({error.strerror}): set TERMINAL to another program.") from error
        finally:
            os.close(writer)
        return cls(process, reports, says)

    def wait(self, deadline: float) -> None:
        """Until its command runs, it has handed the window over to another process, or `deadline`. Raises Trouble."""
        try:
            if not select.select([self.reports], [], [], max(0.0, deadline - monotonic()))[0]:
                return
            told = os.read(self.reports, 64)
            self.window = told.decode().strip()
            if not told and self.process.wait() != 0:
                raise Trouble(
                    f"A window did not open: {self._said() or f'the terminal program ended with {self.process.returncode}.'}"
                )
        finally:
            os.close(self.reports)
            os.close(self.says)

    def _said(self) -> str:
        """The last line of what the terminal program has said: before it may be warnings."""
        lines = os.pread(self.says, 4096, 0).decode(errors="surrogateescape").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def await_openings(openings: Iterable[Opening]) -> None:
    """Wait for all. Raises Trouble for the first that does not open, when all have been waited for."""
    deadline = monotonic() + OPENING_SECONDS
    troubles = []
    for opening in openings:
        try:
            opening.wait(deadline)
        except Trouble as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
