"""Dynamic groups: nodes that meet conditions on their attributes (nodegroup.wherevals)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xcatd.objects.attributes import TYPES, Attribute
from xcatd.objects.entries import Cell, entries_for, read_entries
from xcatd.objects.rules import BadRule, Pattern, pattern_of

_CONDITION = re.compile(r"\s*([\w.-]+?)\s*(==|!=|=~|!~)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """`attribute operator operand`. `entries` is what it takes to read the attribute, `pattern` the operand of =~."""

    attribute: str
    entries: tuple[Attribute, ...]
    is_equal: Callable[[str], bool]
    wanted: bool

    def holds(self, cell: Cell) -> bool:
        """Whether the object whose cells `cell` looks up meets it. An attribute without a value is the empty text."""
        value = read_entries(self.entries, cell).get(self.attribute, "")
        return self.is_equal(value) is self.wanted


def conditions_of(wherevals: str) -> Sequence[Condition]:
    """Read `attribute==value::attribute=~pattern`; != and !~ negate. BadRule if it is wrong or says nothing."""
    words = [word for word in wherevals.split("::") if word.strip()]
    if not words:
        raise BadRule("A dynamic group needs wherevals: without a condition it has no members.")
    return [_condition(word) for word in words]


def _condition(word: str) -> Condition:
    found = _CONDITION.fullmatch(word)
    if found is None:
        raise BadRule(f"The condition '{word}' cannot be read: write attribute==value, or != or =~ or !~.")
    attribute, operator, operand = found.groups()
    node = TYPES["node"]
    if attribute not in node.names:
        raise BadRule(f"The condition '{word}' names no attribute of nodes: {attribute} is none.")
    is_equal = _searching(pattern_of(_unslashed(operand))) if operator[1] == "~" else operand.__eq__
    return Condition(attribute, entries_for(node, {attribute}), is_equal, operator[0] == "=")


def _unslashed(pattern: str) -> str:
    return pattern[1:-1] if len(pattern) > 1 and pattern[0] == pattern[-1] == "/" else pattern


def _searching(pattern: Pattern) -> Callable[[str], bool]:
    def is_found(value: str) -> bool:
        try:
            return pattern.search(value) is not None
        except BadRule:
            return False

    return is_found
