"""Sets of characters in patterns, as bit masks: ASCII exactly, everything else as one more member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NOTHING = 0
OTHER = 1 << 128
"""Stands for all characters outside ASCII."""
ANYTHING = (1 << 129) - 1


def of(characters: Iterable[str]) -> int:
    """The set of these characters."""
    mask = NOTHING
    for character in characters:
        mask |= 1 << ord(character) if ord(character) < 128 else OTHER
    return mask


def without(mask: int) -> int:
    """All other characters. What is outside ASCII stays in: the mask does not know which of it is meant."""
    return ANYTHING & ~mask | OTHER


def between(first: str, last: str) -> int:
    """The characters from `first` to `last`."""
    ascii_part = of(chr(code) for code in range(ord(first), min(ord(last), 127) + 1))
    return ascii_part | (OTHER if ord(last) > 127 else NOTHING)


_DIGIT = between("0", "9")
_LOWER = between("a", "z")
_UPPER = between("A", "Z")
_SPACE = of(" \t\n\r\f\v")
_WORD = _DIGIT | _LOWER | _UPPER | of("_")

CLASSES: Mapping[str, int] = {
    "d": _DIGIT,
    "D": without(_DIGIT),
    "w": _WORD,
    "W": without(_WORD),
    "s": _SPACE,
    "S": without(_SPACE),
}
"""The classes of Perl that Python writes alike: \\d and so on."""

NAMED: Mapping[str, tuple[str, int]] = {
    "alnum": ("a-zA-Z0-9", _DIGIT | _LOWER | _UPPER),
    "alpha": ("a-zA-Z", _LOWER | _UPPER),
    "digit": ("0-9", _DIGIT),
    "lower": ("a-z", _LOWER),
    "punct": (r"!-/:-@\[-`{-~", between("!", "/") | between(":", "@") | between("[", "`") | between("{", "~")),
    "space": (r"\s", _SPACE),
    "upper": ("A-Z", _UPPER),
    "word": (r"\w", _WORD),
    "xdigit": ("0-9a-fA-F", _DIGIT | between("a", "f") | between("A", "F")),
}
"""The classes written [:name:]: how Python writes them inside [], and their set."""
