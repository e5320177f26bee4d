"""What a noderange is made of once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sign = Literal["+", "-", "@"]
Operator = Literal["=", "==", "!=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Name:
    """A node, a group, or a way to write several: brackets, range, increment, digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """`/pattern`; `text` has the slash."""

    text: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Test:
    """`table.column OPERATOR value`; `column` is as written, perhaps a short name."""

    text: str
    column: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class File:
    """`^path`; `text` has the sign."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Group:
    """A noderange in parentheses. Empty only where an `@` has nothing before it (`-@x`)."""

    items: tuple[Item, ...]


Operand = Name | Regex | Test | File | Group


@dataclass(frozen=True, slots=True)
class Item:
    """What stands between commas: operands joined by `@`; `text` is as written, without the sign ("+": none)."""

    sign: Sign
    operands: tuple[Operand, ...]
    text: str
