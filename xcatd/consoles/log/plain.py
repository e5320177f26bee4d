"""A console's line as text that is safe to print."""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, places of the cursor (ECMA-48, 5.4)
    rb"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # strings for the terminal, as its window's title (ECMA-48, 5.6)
    rb"|\x1b[ -/]*[0-~]"
)
_BACKSPACE = "\b"


def plain(line: bytes) -> str:
    """What one sees of a line, without its end: no colours, what was rubbed out is gone, and of what was written over each other
    the last stands. Bytes that are not UTF-8 show as U+FFFD."""
    shown = _SEQUENCES.sub(b"", line) if b"\x1b" in line else line
    shown = shown.rstrip(b"\r")
    if b"\r" in shown:
        shown = next((part for part in reversed(shown.split(b"\r")) if part.strip()), b"")
    text = _rubbed_out(shown.decode(errors="replace").expandtabs())
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())


def _rubbed_out(text: str) -> str:
    if _BACKSPACE not in text:
        return text
    left: list[str] = []
    for letter in text:
        if letter != _BACKSPACE:
            left.append(letter)
        elif left:
            left.pop()
    return "".join(left)
