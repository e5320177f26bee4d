"""Which of the last lines of a server says why it ended."""

from __future__ import annotations

import re
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


def telling(lines: Sequence[str]) -> str:
    """The last line that speaks of a trouble: many servers say farewell behind it. Without one the last line; "" without lines."""
    said = [line.strip() for line in lines if line.strip() and not _LEADS_ON.search(line)][-LINES:]
    return next((line for line in reversed(said) if _TELLS.search(line)), said[-1] if said else "")
