"""The conditions of `tabdump -w`: `column==value` and its relatives."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xcatd.api import UsageError
from xcatd.plugins.tables.cells import check_column
from xcatd.store import Row
from xcatd.store.schema import Table

_CONDITION = re.compile(r"(\w+)(==|!=|=~|!~|<=|>=|<|>)(.*)", re.DOTALL)
_Order = Callable[[Any, Any], bool]
_ORDERS: dict[str, _Order] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one column; an empty cell counts as empty text."""

    column: str
    test: Callable[[str], bool]

    def holds(self, row: Row) -> bool:
        return self.test(row[self.column])


def read_condition(table: Table, text: str) -> Condition:
    """Read `column<op>value`. `=~` is SQL's LIKE, without regard to case, as xCAT's SQLite does it.

    Raises UsageError when there is no operator, NotFound for an unknown column.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a condition; write it as column==value (or != =~ !~ < <= > >=)")
    column, sign, value = found.groups()
    return Condition(check_column(table, column), _test(sign, value))


def _test(sign: str, value: str) -> Callable[[str], bool]:
    if sign == "==":
        return lambda text: text == value
    if sign == "!=":
        return lambda text: text != value
    if sign in ("=~", "!~"):
        like, wanted = _like(value), sign == "=~"
        return lambda text: (like.fullmatch(text) is not None) is wanted
    return lambda text: _in_order(_ORDERS[sign], text, value)


def _like(pattern: str) -> re.Pattern[str]:
    """SQL's pattern as a regular expression that never tries twice: the first place where a piece fits is as good as
    any.
    """
    first, *rest = ("".join("." if char == "_" else re.escape(char) for char in part) for part in pattern.split("%"))
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + "".join(f".*{part}" for part in rest[-1:]), re.DOTALL | re.IGNORECASE)


def _in_order(order: _Order, left: str, right: str) -> bool:
    """Numbers are compared as numbers, everything else as text; an empty cell is in no order with anything."""
    if not left:
        return False
    try:
        return order(float(left), float(right))
    except ValueError:
        return order(left, right)
