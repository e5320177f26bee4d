"""The conditions of `lsdef -w`: `attribute==value` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching
from xcatd.objects import World
from xcatd.plugins.objects.kinds import read

_CONDITION = re.compile(r"([^=!~]+)(==|!=|=~|!~)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one attribute. `sign` is `==`, `!=`, `=~` or `!~`."""

    attribute: str
    sign: str
    operand: str

    def passing(self, values: Collection[str]) -> set[str]:
        """Those of the values for which it holds. Raises BadNoderange for a regular expression that cannot be used."""
        if self.sign[1] == "~":
            slashed = len(self.operand) > 1 and self.operand[0] == self.operand[-1] == "/"
            pattern = self.operand[1:-1] if slashed else self.operand
            found = matching(pattern, values, Budget(), whole=False)
        else:
            found = {self.operand}
        return set(values) - found if self.sign[0] == "!" else found


def read_condition(text: str) -> Condition:
    """Read `attribute<op>value`. Raises UsageError for a text without an operator, BadNoderange for a bad pattern."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a condition; write it as attribute==value (or != =~ !~)")
    condition = Condition(found[1], found[2], found[3])
    condition.passing(())
    return condition


def select(world: World, kind: str, names: Sequence[str], conditions: Sequence[Condition]) -> Sequence[str]:
    """The objects for which all conditions hold; an object without a value has the empty text."""
    if not conditions:
        return names
    wanted = {condition.attribute for condition in conditions}
    values = {name: read(world, kind, name, wanted) for name in names}
    for condition in conditions:
        passing = condition.passing({values[name].get(condition.attribute, "") for name in names})
        names = [name for name in names if values[name].get(condition.attribute, "") in passing]
    return names
