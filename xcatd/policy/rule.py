"""One row of the policy table, read once: who, from where, what, on which nodes, when, and whether that is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from xcatd.errors import BadNoderange, ConfigError
from xcatd.model import Caller
from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching
from xcatd.policy.times import Window, read_times
from xcatd.store import Row

_ALLOWING = re.compile(r"\s*(allow|accept|trusted)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is compared with. `words` are the arguments joined with blanks; `hosts` all that count as the peer."""

    caller: Caller
    command: str
    words: str
    hosts: Collection[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled row. A field that is None or empty holds for everything.

    A field that cannot be read is left out and named in `faults`: such a row never allows anything, and a denying one
    denies as if the field were not there; the safe side, both times. `notes` are oddities that change nothing.
    """

    priority: str
    name: str
    host: str
    commands: frozenset[str] | None
    parameters: str
    windows: tuple[Window, ...]
    noderange: str
    allows: bool
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    def fits(self, asked: Asked) -> bool:
        """Whether every field but the noderange matches."""
        return (
            not (self.allows and self.faults)
            and self._fits_caller(asked)
            and (self.commands is None or asked.command in self.commands)
            and (not self.windows or any(asked.now in window for window in self.windows))
            and self._fits_words(asked)
        )

    def _fits_caller(self, asked: Asked) -> bool:
        if self.name == "*" and not asked.caller.name:
            return False
        return self.name in ("", "*", asked.caller.name) and (not self.host or self.host in asked.hosts)

    def _fits_words(self, asked: Asked) -> bool:
        """A search that might take too long for these words is not begun: the safe side again."""
        try:
            return not self.parameters or bool(matching(self.parameters, (asked.words,), Budget(), whole=False))
        except BadNoderange:
            return not self.allows


def read_rule(row: Row) -> Rule:
    """Compile a row. Never raises: what cannot be read is named in `faults`."""
    faults: list[str] = []
    commands = _given(row["commands"])
    return Rule(
        priority=row["priority"],
        name=row["name"].strip(),
        host=_given(row["host"]),
        commands=frozenset(word.strip() for word in commands.split(",")) if commands else None,
        parameters=_parameters(_given(row["parameters"]), faults),
        windows=_windows(row["time"], faults),
        noderange=_given(row["noderange"]),
        allows=_ALLOWING.match(row["rule"]) is not None,
        faults=tuple(faults),
        notes=tuple(_notes(row)),
    )


def rank(priority: str) -> float:
    """What rows are sorted by: the number, or infinity when the priority is none."""
    try:
        number = float(priority)
    except ValueError:
        return math.inf
    return number if math.isfinite(number) else math.inf


def _given(text: str) -> str:
    """The text, or "" for the ways to say "any"."""
    return "" if text.strip() == "*" else text.strip()


def _parameters(text: str, faults: list[str]) -> str:
    try:
        matching(text, (), Budget(), whole=False)
    except BadNoderange as error:
        faults.append(f"The parameters cannot be read: {error}")
        return ""
    return text


def _windows(text: str, faults: list[str]) -> tuple[Window, ...]:
    try:
        return read_times(text)
    except ConfigError as error:
        faults.append(str(error))
        return ()


def _notes(row: Row) -> Iterator[str]:
    if not row["rule"].strip():
        yield "Its rule is empty, so it denies; write allow or deny"
    if rank(row["priority"]) == math.inf:
        yield f"The priority {row['priority']!r} is not a number, so the row comes last; give it a number"
