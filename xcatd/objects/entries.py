"""How the entries of the attribute map are read: in its order, conditions on what was read before, the last one wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from xcatd.objects.attributes import Attribute, ObjectType

Cell = Callable[[Attribute], str]
"""Looks up the cell of an entry for one object; "" when it has none."""


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


def applies(entry: Attribute, values: Mapping[str, str]) -> bool:
    """Whether the entry counts: it has no condition, or the attribute that decides contains the word."""
    if entry.only_if is None:
        return True
    name, word = entry.only_if
    return word in re.findall(r"\w+", values.get(name, ""))
