"""The conditions of `lsdef -w`: `attribute==value` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.objects import World
from xcatd.plugins.objects.kinds import read

_CONDITION = re.compile(r"([^=!~]+)(==|!=|=~|!~)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one attribute; an object without a value is tested as empty text."""

    attribute: str
    test: Callable[[str], bool]


def read_condition(text: str) -> Condition:
    """Read `attribute<op>value`. Raises UsageError for a text without an operator, or a bad regular expression."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a condition; write it as attribute==value (or != =~ !~)")
    attribute, sign, value = found.groups()
    wanted = sign in ("==", "=~")
    if sign in ("==", "!="):
        return Condition(attribute, lambda one: (one == value) is wanted)
    try:
        pattern = re.compile(value.removeprefix("/").removesuffix("/"))
    except re.error as error:
        raise UsageError(f"{text!r} is not a condition: {error}") from error
    return Condition(attribute, lambda one: (pattern.search(one) is not None) is wanted)


def holds(world: World, kind: str, name: str, conditions: Sequence[Condition]) -> bool:
    """Whether all conditions hold for an object."""
    if not conditions:
        return True
    values = read(world, kind, name, {condition.attribute for condition in conditions})
    return all(condition.test(values.get(condition.attribute, "")) for condition in conditions)
