"""The conditions of `lsdef -w`: `attribute==value` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching

_CONDITION = re.compile(r"\s*([^=!~]+?)\s*(==|!=|=~|!~|=)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one attribute. `sign` is `==`, `!=`, `=~` or `!~`."""

    attribute: str
    sign: str
    operand: str

    def passing(self, values: Collection[str]) -> set[str]:
        """Those of the values for which it holds. Raises BadNoderange for a regular expression that cannot be used.

        As in xCAT 2, an object without the attribute, "", meets no condition on it, not even != and !~; only
        `attribute==`, which no value meets, asks for those without one.
        """
        given = set(values) - {""}
        if self.sign == "==" and not self.operand:
            return set(values) & {""}
        if self.sign[1] == "~":
            slashed = len(self.operand) > 1 and self.operand[0] == self.operand[-1] == "/"
            pattern = self.operand[1:-1] if slashed else self.operand
            found = matching(pattern, given, Budget(), whole=False)
        else:
            found = {self.operand} & given
        return given - found if self.sign[0] == "!" else found


def read_condition(text: str) -> Condition:
    """Read `attribute<op>value`. Raises UsageError for a text without an operator, BadNoderange for a bad pattern."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(
            f"Incorrect selection string specified with -w flag: {text!r} is not attribute==value (or != =~ !~)."
        )
    condition = Condition(found[1], "==" if found[2] == "=" else found[2], found[3])
    condition.passing(())
    return condition


def passing(objects: Iterable[tuple[str, Mapping[str, str]]], conditions: Sequence[Condition], key: str) -> list[str]:
    """The names of those of the objects for which all conditions hold; `key` is the attribute that is the name."""
    left = list(objects)
    for condition in conditions:
        one = condition.attribute
        values = [name if one == key else attributes.get(one, "") for name, attributes in left]
        found = condition.passing(set(values))
        left = [one for one, value in zip(left, values, strict=True) if value in found]
    return [name for name, _ in left]
