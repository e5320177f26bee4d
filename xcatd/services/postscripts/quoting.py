"""Text of the tables within shell text: whatever it is, the shell makes nothing of it. POSIX.1-2017, XCU 2.2."""

from __future__ import annotations

import re
import shlex
from enum import Enum

_SPECIAL = re.compile(r'([\\"$`])')
_NO_NAME = re.compile(r"[^A-Za-z0-9_]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Around(Enum):
    """What a place in a line is in."""

    NOTHING = ""
    SINGLE = "'"
    DOUBLE = '"'
    COMMENT = "#"


def plain(text: str) -> str:
    """The text in one line: a node could not tell a line's end from the end of a command."""
    return _CONTROL.sub(" ", text).strip()


def around(before: str) -> Around:
    """What a place is in, behind this beginning of a line."""
    state, escaped, last = Around.NOTHING, False, " "
    for char in before:
        if escaped:
            escaped = False
        elif char == "\\" and state is not Around.SINGLE:
            escaped = True
        elif state is Around.NOTHING and char in "'\"":
            state = Around(char)
        elif state is Around.NOTHING and char == "#" and last.isspace():
            return Around.COMMENT
        elif char == state.value:
            state = Around.NOTHING
        last = char
    return state


def quoted(text: str, state: Around = Around.NOTHING) -> str:
    """The text for a place in this state, in which it stands for itself."""
    text = plain(text)
    match state:
        case Around.SINGLE:
            return text.replace("'", "'\\''")
        case Around.DOUBLE:
            return _SPECIAL.sub(r"\\\1", text)
        case Around.COMMENT:
            return text
        case _:
            return shlex.quote(text)


def name_of(text: str) -> str:
    """The text as a part of a variable's name."""
    return _NO_NAME.sub("_", text)


def export(name: str, text: str) -> str:
    """Two lines that give a variable to all that is run."""
    return f"{name}={quoted(text)}\nexport {name}"
