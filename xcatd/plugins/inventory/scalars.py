"""Texts as YAML writes them: bare where every reader takes them for text, otherwise in quotes."""

from __future__ import annotations

import re

_WORD = r"[A-Za-z_/](?:[\w./,+@=~^%!|()$*?\\;&<>-]|:(?=[\w/.,(|$^\\-])| (?=[A-Za-z0-9/(]))*"
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?"
_BARE = re.compile(rf"{_WORD}|{_ADDRESS}", re.ASCII)
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1 takes for something else than text, in lower case."""


def scalar(text: str) -> str:
    """The text as a YAML scalar on one line."""
    if _BARE.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
