"""Which of the last lines of a server says why it ended."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

_TELLS = re.compile(
    r"\b(?:error|fail\w*|fatal|panic|cannot|can't|could not|couldn't|unable|denied|refused|rejected|in use|invalid|illegal"
    r"|no such|not exist|not found|already|not configured|not permitted|missing|unknown|unexpected|bad)\b",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(
    r"exiting \(due to|server exiting|: failure$|more information|submitting bugs|see the log|for details",
    re.IGNORECASE,
)
"""Speaks of a trouble too, and says nothing of it: named, mount(8), dhcpd, ganesha.nfsd."""
LINES = 20
"""Of so many last lines."""
SHORTLY = 10.0
"""Seconds. What a server said longer before its end has nothing to do with that."""


def telling(lines: Sequence[str]) -> str:
    """The last line that speaks of a trouble: many servers say farewell behind it. Without one the last line; "" without lines."""
    said = _said(lines)
    return _trouble(said) or (said[-1] if said else "")


def telling_of_end(lines: Sequence[str], how: int | None) -> str:
    """The same of a server that ended so: its status, or below zero the signal that killed it; None: nobody knows.

    Only one that ended by itself has spoken of that: of others a line counts only if it speaks of a trouble.
    """
    if how == -signal.SIGKILL:  # it had no time to say anything
        return ""
    return telling(lines) if how is not None and how >= 0 else _trouble(_said(lines))


def _said(lines: Sequence[str]) -> Sequence[str]:
    return [line.strip() for line in lines if line.strip() and not _LEADS_ON.search(line)][-LINES:]


def _trouble(said: Sequence[str]) -> str:
    return next((line for line in reversed(said) if _TELLS.search(line)), "")
