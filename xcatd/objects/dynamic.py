"""Dynamic groups: nodes that meet conditions on their attributes (nodegroup.wherevals)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.objects.entries import entries_for
from xcatd.objects.rules import BadRule, Pattern, pattern_of

_CONDITION = re.compile(r"\s*([\w.-]+?)\s*(==|!=|=~|!~|=)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """`attribute operator operand`. `entries` is what it takes to read the attribute, `pattern` the operand of =~."""

    attribute: str
    entries: tuple[Attribute, ...]
    is_equal: Callable[[str], bool]
    wanted: bool
    or_absent: bool

    def passing(self, values: Collection[str]) -> set[str]:
        """Those of the values that meet it.

        As in xCAT 2, an object without the attribute meets no condition on it, not even != and !~; but `attribute==`,
        which no value meets, asks for those without one.
        """
        if self.or_absent:
            return {""}.intersection(values)
        return {value for value in values if value and self.is_equal(value) is self.wanted}


def conditions_of(wherevals: str, node: ObjectType = TYPES["node"]) -> Sequence[Condition]:
    """Read `attribute==value::attribute=~pattern`; != and !~ negate, and = is short for ==.

    `node` is the type of nodes, which says what their attributes are. BadRule if the text is wrong or says nothing.
    """
    words = [word for word in wherevals.split("::") if word.strip()]
    if not words:
        raise BadRule("A dynamic group needs wherevals: without a condition it has no members.")
    return [_condition(word, node) for word in words]


def _condition(word: str, node: ObjectType) -> Condition:
    found = _CONDITION.fullmatch(word)
    if found is None:
        raise BadRule(f"The condition '{word}' cannot be read: write attribute==value, or != or =~ or !~.")
    attribute, operator, operand = found.groups()
    if attribute not in node.names:
        raise BadRule(f"The condition '{word}' names no attribute of nodes: {attribute} is none.")
    is_equal = _searching(pattern_of(_unslashed(operand))) if operator[-1] == "~" else operand.__eq__
    absent = operator[-1] == "=" and operator[0] == "=" and not operand
    return Condition(attribute, entries_for(node, {attribute}), is_equal, operator[0] == "=", absent)


def _unslashed(pattern: str) -> str:
    return pattern[1:-1] if len(pattern) > 1 and pattern[0] == pattern[-1] == "/" else pattern


def _searching(pattern: Pattern) -> Callable[[str], bool]:
    def is_found(value: str) -> bool:
        try:
            return pattern.search(value) is not None
        except BadRule:
            return False

    return is_found
