"""A half-typed command line as a shell reads it."""

from __future__ import annotations

_BLANK = " \t\n"


def split(line: str) -> list[str]:
    """The words of a line that ends where the cursor is; the last one, perhaps "", is the one being typed."""
    words = [""]
    quote, escaped, begun = "", False, False
    for letter in line:
        if escaped:
            words[-1] += letter
            escaped = False
        elif quote:
            if letter == quote:
                quote = ""
            elif letter == "\\" and quote == '"':
                escaped = True
            else:
                words[-1] += letter
        elif letter in _BLANK:
            if begun:
                words.append("")
            begun = False
            continue
        elif letter == "\\":
            escaped = True
        elif letter in "\"'":
            quote = letter
        else:
            words[-1] += letter
        begun = True
    return words
