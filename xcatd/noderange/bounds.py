"""How much one noderange may ask for, so that none can hold up the daemon, and how a malformed one is reported."""

from __future__ import annotations

from time import monotonic

from xcatd.errors import BadNoderange

MAX_NAMES = 1_000_000
"""Names that one range or bracket expression may stand for."""
MAX_NAME = 255
"""Characters in a name made from brackets or a range; host names end at 253."""
MAX_DEPTH = 50
"""Parentheses inside parentheses, in noderanges and in regular expressions."""
MAX_WORK = 10_000_000
"""Names looked at in one expansion. These cost more than one:"""
MADE = 10
"""a name made by a range or brackets,"""
ATTRIBUTE = 5
"""an attribute of a node,"""
PATTERN = 10_000
"""a regular expression, whatever it is matched with."""
MAX_SECONDS = 5.0
"""From the first regular expression of an expansion; ordinary ones take milliseconds for 100,000 nodes."""


class Budget:
    """What is left to spend for one expansion. Raises BadNoderange when it is used up."""

    def __init__(self) -> None:
        self._work = MAX_WORK
        self._end: float | None = None

    def spend(self, names: int) -> None:
        self._work -= names
        if self._work < 0:
            raise BadNoderange("This noderange looks at too many names: split it into several commands.")

    def tick(self) -> None:
        """To be called between matches: a single match cannot be interrupted."""
        if self._end is None:
            self._end = monotonic() + MAX_SECONDS
        elif monotonic() > self._end:
            raise BadNoderange(
                f"The regular expressions of this noderange take more than {MAX_SECONDS:g} seconds: simplify them."
            )


def malformed(text: str, at: int, problem: str) -> BadNoderange:
    """The error for `text`, wrong at index `at`; `problem` says what is there and what to do about it."""
    start = max(0, at - 40)
    shown = ("..." if start else "") + text[start : at + 40] + ("..." if at + 40 < len(text) else "")
    return BadNoderange(f"Cannot read the noderange {shown!r}: {problem} (character {at + 1}).")
