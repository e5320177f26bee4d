"""Many names in few characters: the way back from names to a noderange."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from xcatd.noderange.ranges import pieces

_FIRST = re.compile(r"\[?([0-9]+)")

Row = tuple[str, ...]


def fold(names: Iterable[str]) -> str:
    """`cn01 ... cn06 sn1` -> `cn[01-06],sn1`, in natural order (node2 before node10).

    `expand` gives back exactly these names, wherever they are nodes, if they are made of the characters of host
    names and begin with a letter, a digit or an underscore; signs of the grammar in a name are not escaped.
    """
    shapes: dict[Row, list[Row]] = defaultdict(list)
    for name in set(names):
        parts = pieces(name)
        shapes[tuple(parts[::2])].append(tuple(parts[1::2]))
    folded = [(texts, numbers) for texts, rows in shapes.items() for numbers in _folded(rows)]
    return ",".join(_woven(texts, numbers) for texts, numbers in sorted(folded, key=_natural))


def _folded(rows: list[Row]) -> list[Row]:
    """Rows of numbers as fewer rows with brackets, last number first: (1 1) (1 2) (2 1) (2 2) -> ([1-2] [1-2])."""
    for place in reversed(range(len(rows[0]))):
        alike: dict[tuple[Row, Row], list[str]] = defaultdict(list)
        for row in rows:
            alike[row[:place], row[place + 1 :]].append(row[place])
        rows = [(*before, _runs(numbers), *after) for (before, after), numbers in alike.items()]
    return rows


def _runs(numbers: list[str]) -> str:
    """`["01", "02", "03", "7"]` -> `[01-03,7]`; a single number stays as it is."""
    if len(numbers) == 1:
        return numbers[0]
    waiting = set(numbers)
    runs: list[str] = []
    for first in sorted(numbers, key=lambda number: (int(number), len(number))):
        if first in waiting:
            last = _end_of_run(first, waiting)
            runs.append(first if first == last else f"{first}-{last}")
    return f"[{','.join(runs)}]"


def _end_of_run(first: str, waiting: set[str]) -> str:
    """Takes the run that begins with `first` out of `waiting`. A leading zero sets the width, as in a range."""
    width = len(first) if first[0] == "0" else 0
    last = after = first
    while after in waiting:
        waiting.remove(after)
        last, after = after, str(int(after) + 1).zfill(width)
    return last


def _woven(texts: Row, numbers: Row) -> str:
    return texts[0] + "".join(number + text for number, text in zip(numbers, texts[1:], strict=True))


def _natural(folded: tuple[Row, Row]) -> tuple[tuple[str, int, str], ...]:
    """Sorts by the first name that is meant: text as text, numbers by value."""
    texts, numbers = folded
    firsts = [found[1] for number in numbers if (found := _FIRST.match(number))]
    return tuple((text, int(first), first) for text, first in zip(texts, [*firsts, "0"], strict=True))
