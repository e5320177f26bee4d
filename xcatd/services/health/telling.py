"""How a service node is, as a fact in a line, and read from it again: daemons tell each other so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from xcatd.services.health.state import Health, Word

FACT: Final = "health "
"""How the name of such a fact begins; the service node's name follows."""
_FORM: Final = re.compile(rf"({'|'.join(Word)}) (\d+)s( damped)?(?:: (.*))?")


@dataclass(frozen=True, slots=True)
class Told:
    """What a daemon says of one that is directly below it. `seconds`: for how long it has been so; `why`: "" when it is healthy."""

    word: Word
    seconds: int
    damped: bool = False
    why: str = ""


def fact_of(health: Health, now: float) -> str:
    """`now`: the loop's time, in seconds."""
    why = f": {'; '.join(health.reasons)}" if health.reasons else ""
    return f"{health.word} {max(0, int(now - health.since))}s{' damped' if health.damped else ''}{why}"


def read_fact(text: str) -> Told | None:
    """None for what a daemon of another version may say."""
    found = _FORM.fullmatch(text)
    return None if found is None else Told(Word(found[1]), int(found[2]), bool(found[3]), found[4] or "")


def span(seconds: float) -> str:
    """A time as people say it: 12s, 3m, 5h, 2d."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{letter}"
    return f"{int(seconds)}s"
