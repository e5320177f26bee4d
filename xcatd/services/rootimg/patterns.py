"""Patterns of paths as `find -path` has them (find(1), fnmatch(3) without flags): `*` and `?` stand for slashes and dots too."""

from __future__ import annotations

import re
from typing import Final

_CLASSES: Final = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_CLASS = re.compile(r"\[:([a-z]+):\]")


def expression(pattern: str) -> str:
    """The same as a regular expression, for the whole of a path (with re.DOTALL)."""
    made, place = "", 0
    while place < len(pattern):
        piece, place = _piece(pattern, place)
        made += piece
    return made


def _piece(pattern: str, place: int) -> tuple[str, int]:
    """What stands at a place, and where the next piece begins."""
    letter = pattern[place]
    if letter == "*":
        return ".*", place + 1
    if letter == "?":
        return ".", place + 1
    if letter == "\\" and place + 1 < len(pattern):
        return re.escape(pattern[place + 1]), place + 2
    if letter == "[" and (end := _closing(pattern, place)):
        return _bracket(pattern[place + 1 : end]), end + 1
    return re.escape(letter), place + 1


def _closing(pattern: str, place: int) -> int:
    """Where the bracket that begins here ends; 0: it never does, and is a letter. One right behind the beginning is a letter."""
    place += 1
    if pattern[place : place + 1] in ("!", "^"):
        place += 1
    if pattern[place : place + 1] == "]":
        place += 1
    while place < len(pattern):
        if found := _CLASS.match(pattern, place):
            place = found.end()
        elif pattern[place] == "]":
            return place
        else:
            place += 1
    return 0


def _bracket(inner: str) -> str:
    """What stands between brackets, as a set of a regular expression."""
    negated = inner[:1] in ("!", "^")
    inner = inner[negated:]
    made, place = "", 0
    while place < len(inner):
        found = _CLASS.match(inner, place)
        if found and found[1] in _CLASSES:
            made, place = made + _CLASSES[found[1]], found.end()
        else:
            letter = inner[place]
            made, place = made + (letter if letter == "-" else re.escape(letter)), place + 1
    return f"[{'^' * negated}{made}]"
