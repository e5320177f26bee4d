"""`rcons NODE`: a console of a node, which the daemons show. It follows a console that moves, or whose daemon has a successor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xcat_client.interrupts import Interrupts
from xcat_client.main import ask
from xcat_client.trouble import FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOVED = 75
"""The exit status with which a daemon says: ask again (EX_TEMPFAIL of sysexits.h)."""
PAUSE = 1.0
"""Seconds before it is asked again."""
TRIES = 10
"""How often in a row, when no attempt lasts for some seconds."""
_LASTS = 10.0


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    left = TRIES
    while left:
        began = time.monotonic()
        status = _once(words, env)
        if status != MOVED:
            return status
        left = TRIES if time.monotonic() - began > _LASTS else left - 1
        time.sleep(PAUSE)
    return FAILED


def _once(words: Sequence[str], env: Mapping[str, str]) -> int:
    interrupts = Interrupts()
    try:
        return ask(words, env, interrupts)
    finally:
        interrupts.close()
