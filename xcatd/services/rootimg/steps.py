"""How far a task is, as a line among those that it says: the daemon shows it at a terminal, and nowhere else."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Final

from xcatd.services.rootimg.saying import Say

_LINE: Final = re.compile(r"progress (\d+) (\d+)")
_EVERY: Final = 0.2
"""Seconds between two lines."""


@dataclass(slots=True)
class Steps:
    """The task's side."""

    say: Say
    _next: float = field(default=0.0, init=False)

    def reached(self, done: int, total: int) -> None:
        """So much is done, of so much. Say it as often as you like."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _EVERY
            self.say(f"progress {done} {total}")


def step_of(line: str) -> tuple[int, int] | None:
    """The daemon's side: how much is done, of how much; None for a line that says something else."""
    found = _LINE.fullmatch(line)
    return (int(found[1]), int(found[2])) if found else None
