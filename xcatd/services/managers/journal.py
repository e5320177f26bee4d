"""The last words of a service, as journalctl(1) has them: the journal's files are nobody else's affair."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import ServiceError
from xcatd.services.managers.unit import Unit
from xcatd.services.managers.words import LINES, SHORTLY, telling_of_end
from xcatd.services.programs import run_program

_WITHIN = 5.0
"""Seconds: what it says is a help, and not waited for."""
_EARLIER = 0.1
"""Seconds. A program may speak before systemd has noted that it was started."""


async def last_words(unit: Unit, before: Sequence[str] = (), since: float = 0.0) -> str:
    """What a service said in its last run, shortly before it ended; "" when it said nothing, or nobody can tell. `before`: words
    before `journalctl`, that make it run somewhere else. `since`: what it said earlier does not count, in seconds since 1970.

    The run is told by its time. The journal does not know the invocation of what ended before it looked.
    """
    if not unit.began:
        return ""
    words = [*before, "timeout", f"{_WITHIN:g}", "journalctl", "--quiet", "--no-pager"]
    first = max(since, unit.began, unit.ended - SHORTLY) - _EARLIER
    which = [f"--since=@{first:.6f}", f"_SYSTEMD_UNIT={unit.name}"]
    try:
        await run_program([*words, "--sync"])  # what was said a moment ago may not be in its file yet
        status, said = await run_program([*words, "--output=cat", f"--lines={LINES}", *which])
    except ServiceError:
        return ""
    return telling_of_end(said, unit.how) if status == 0 else ""
