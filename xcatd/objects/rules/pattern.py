"""Reads a Perl regular expression and makes a Python one of it that cannot run away.

A backtracking matcher may take longer than the age of the cluster for `(a+)+b`. So the pattern is read into parts,
and the parts say at how many places they leave the matcher a choice (`Cost`); a pattern with a repetition of choices
is refused at once, and one with several of them only where the name is too long for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from xcatd.objects.rules.bad_rule import BadRule
from xcatd.objects.rules.pattern_parts import Cost, cost_of
from xcatd.objects.rules.pattern_reader import parts_of

_MAX_PATTERN = 512
_BUDGET = 10_000_000
"""Steps of the matcher, each some ten nanoseconds, that one search may take at worst."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A checked pattern."""

    written: str
    compiled: re.Pattern[str]
    cost: Cost

    def search(self, subject: str) -> re.Match[str] | None:
        """The first match, None if there is none. BadRule if looking for it might take too long."""
        length = len(subject) + 1
        if self.cost.choices * length ** (self.cost.degree + 2) > _BUDGET:
            raise BadRule(
                f"The pattern '{self.written}' may take too long on a text of {len(subject)} characters: let its "
                "repetitions end clearly, as [^-]*- does."
            )
        return self.compiled.search(subject)


def pattern_of(written: str) -> Pattern:
    """Translate a pattern. BadRule if it is wrong, too long or could run for ever."""
    if len(written) > _MAX_PATTERN:
        raise BadRule(f"The pattern '{written[:20]}...' is longer than {_MAX_PATTERN} characters: shorten it.")
    parts, python = parts_of(written)
    cost = cost_of(parts)
    if not cost.bounded:
        raise BadRule(f"The pattern '{written}' repeats what can repeat in itself, as (a+)+ does: write it simpler.")
    try:
        return Pattern(written, re.compile(python, re.ASCII), cost)
    except re.error as error:
        raise BadRule(f"The pattern '{written}' is wrong: {error.msg}.") from None
