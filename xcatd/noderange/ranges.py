"""Text that stands for several names: brackets, ranges, increments. Each function returns None for any other text."""

from __future__ import annotations

import re
from itertools import product
from math import prod

from xcatd.errors import BadNoderange
from xcatd.noderange.bounds import MAX_NAME, MAX_NAMES

_NUMBER = re.compile(r"(?<![0-9])([0-9]{1,18})(?![0-9])")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_SHORT = re.compile(r"(.*[^0-9])([0-9]{1,18})[-:]([0-9]{1,18})", re.DOTALL)


def pieces(text: str) -> list[str]:
    """`text` cut into [text, number, text, number, ..., text]; more than 18 digits in a row are text."""
    return _NUMBER.split(text)


def bracketed(text: str) -> list[str] | None:
    """`n[1-2]x[5,7]` -> every combination, the last bracket turning fastest. Raises BadNoderange."""
    parts = _BRACKETS.split(text)
    if len(parts) == 1:
        return None
    choices = [_listed(part, text) if place % 2 else [part] for place, part in enumerate(parts)]
    if sum(max(map(len, choice)) for choice in choices) > MAX_NAME:
        raise BadNoderange(f"{_brief(text)} makes names of more than {MAX_NAME} characters: write shorter ones.")
    if prod(map(len, choices)) > MAX_NAMES:
        raise _too_many(text)
    return ["".join(choice) for choice in product(*choices)]


def spanned(text: str) -> list[str] | None:
    """`n1-n5`, `n1:n5`: both sides alike but for one number. Of several hyphens the middle one separates."""
    separator = ":" if ":" in text else "-"
    parts = text.split(separator)
    if len(parts) % 2 or len(text) > 2 * MAX_NAME:
        return None
    middle = len(parts) // 2
    first, last = pieces(separator.join(parts[:middle])), pieces(separator.join(parts[middle:]))
    if len(first) == 1 or len(first) != len(last) or first[::2] != last[::2]:
        return None
    differing = [place for place in range(1, len(first), 2) if first[place] != last[place]] or [1]
    if len(differing) > 1:
        return None
    return _numbered(first, differing[0], _counted(first[differing[0]], last[differing[0]], text))


def spanned_short(text: str) -> tuple[str, list[str]] | None:
    """`n1-5`: the first name, and all of them."""
    written = _SHORT.fullmatch(text) if len(text) <= MAX_NAME else None
    if not written:
        return None
    head, first, last = written.groups()
    return head + first, [head + number for number in _counted(first, last, text)]


def increased(text: str) -> list[str] | None:
    """`n9+3`: the name and the three after it, counting its first number up."""
    name, _, count = text.rpartition("+")
    parts = pieces(name)
    if len(parts) == 1 or not re.fullmatch("[0-9]+", count) or len(name) > MAX_NAME:
        return None
    if len(count) > len(str(MAX_NAMES)):
        raise _too_many(text)
    last = str(int(parts[1]) + int(count)).zfill(len(parts[1]))
    return _numbered(parts, 1, _counted(parts[1], last, text))


def _listed(values: str, text: str) -> list[str]:
    """What stands between two brackets."""
    found: list[str] = []
    for value in map(str.strip, values.split(",")):
        if not value or value[0] in "-:" or value[-1] in "-:":
            raise BadNoderange(
                f"Cannot read [{_brief(values)}] in the noderange {_brief(text)}: "
                "a value between two commas or at an end is missing, so write it or remove the sign."
            )
        found.extend(spanned(value) or [value])
        if len(found) > MAX_NAMES:
            raise _too_many(text)
    return found


def _numbered(parts: list[str], place: int, numbers: list[str]) -> list[str]:
    before, after = "".join(parts[:place]), "".join(parts[place + 1 :])
    return [before + number + after for number in numbers]


def _counted(first: str, last: str, text: str) -> list[str]:
    """The numbers from one to the other, lower ones first; a leading zero on either side sets the width of all."""
    low, high = sorted((int(first), int(last)))
    if high - low >= MAX_NAMES:
        raise _too_many(text)
    width = max((len(number) for number in (first, last) if number[0] == "0"), default=0)
    return [str(number).zfill(width) for number in range(low, high + 1)]


def _too_many(text: str) -> BadNoderange:
    return BadNoderange(f"{_brief(text)} stands for more than {MAX_NAMES} names: write a smaller range.")


def _brief(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
