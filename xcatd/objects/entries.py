"""How the entries of the attribute map are read: in its order, conditions on what was read before, the last one wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from xcatd.objects.attributes import Attribute, ObjectType

Cell = Callable[[Attribute], str]
"""Looks up the cell of an entry for one object; "" when it has none."""
Cells = Callable[[Attribute], Sequence[str] | None]
"""Looks up the cells of an entry for many objects; None when all are empty."""


def entries_for(kind: ObjectType, names: Collection[str]) -> tuple[Attribute, ...]:
    """The entries that it takes to read these attributes: their own, and those of the attributes that decide on them."""
    wanted: set[str] = set()
    open_names = set(names)
    while open_names:
        wanted |= open_names
        deciding = {entry.only_if[0] for entry in kind.attributes if entry.name in open_names and entry.only_if}
        open_names = deciding - wanted
    return tuple(entry for entry in kind.attributes if entry.name in wanted)


def read_entries(entries: Iterable[Attribute], cell: Cell) -> dict[str, str]:
    """attribute -> value; attributes without a value are left out."""
    values: dict[str, str] = {}
    for entry in entries:
        if applies(entry, values) and (value := cell(entry)):
            values[entry.name] = value
    return values


def read_columns(entries: Iterable[Attribute], cells: Cells) -> dict[str, Sequence[str]]:
    """`read_entries` of many objects: attribute -> their values, "" for none; what nobody has is left out."""
    values: dict[str, Sequence[str]] = {}
    for entry in entries:
        name, word = entry.only_if or ("", "")
        deciding = values.get(name, ())
        passing = {text for text in set(deciding) if text and is_word_of(word, text)}
        if entry.only_if and not passing:
            continue
        column = cells(entry)
        if column is None:
            continue
        if entry.only_if:
            column = [text if by in passing else "" for text, by in zip(column, deciding, strict=True)]
        before = values.get(entry.name)
        if before is not None:
            column = [text or old for text, old in zip(column, before, strict=True)]
        values[entry.name] = column
    return values


def applies(entry: Attribute, values: Mapping[str, str]) -> bool:
    """Whether the entry counts: it has no condition, or the attribute that decides contains the word."""
    if entry.only_if is None:
        return True
    name, word = entry.only_if
    return is_word_of(word, values.get(name, ""))


def is_word_of(word: str, text: str) -> bool:
    """Whether the text contains the word as a whole one."""
    return word == text or word in re.findall(r"\w+", text)
