"""Which attribute of an object is which cell, so that every cell has one name and every name one cell.

lsdef may read an attribute from several cells, of which the last one with a value counts, and has no names for some. Here
`bmc` is a node's `ipmi.bmc` where its mgt is ipmi; its openbmc.bmc, if it has that too, is called `openbmc.bmc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.model import Attribute
from xcatd.objects import ObjectType, World

Fixed = tuple[tuple[str, str], ...]
"""Columns and texts that tell which of an object's rows in a table is meant."""
Slot = tuple[str, Fixed]
Condition = tuple[str, str]
"""(attribute, word): as in `only_if`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of an object's row."""

    slot: Slot
    column: str


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of an object's cells, given what decides on them."""

    places: Mapping[str, Place]
    """Attribute -> cell."""
    names: Mapping[Slot, Mapping[str, str]]
    """The same the other way round: slot -> column -> attribute."""
    fixed: Mapping[str, Sequence[tuple[Fixed, Mapping[str, str]]]]
    """Table -> those of its slots that say which row is meant, and their names."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A type of objects as the inventory sees it."""

    kind: ObjectType
    keys: Mapping[str, str]
    """Table -> the column with the object's name, for all tables of the type."""
    deciding: Mapping[str, Attribute]
    """The attributes on which others depend, and where they are."""
    conditions: frozenset[Condition]

    def implies(self, table: str) -> bool:
        """Whether an object has a row in this table because it is an object. A group may live in its members alone."""
        return table == self.kind.table and self.kind.name not in ("group", "site")

    def naming(self, values: Sequence[str]) -> Naming:
        """The names of cells for an object whose deciding attributes have these values, in the order of `deciding`."""
        words = {name: set(re.findall(r"\w+", value)) for name, value in zip(self.deciding, values, strict=True)}
        return _naming(self, frozenset(one for one in self.conditions if one[1] in words.get(one[0], ())))


class Namer:
    """The names of cells for each of some objects. What decides on them may be inherited by nodes."""

    def __init__(self, world: World, shape: Shape, names: Sequence[str]) -> None:
        self._world = world
        self._shape = shape
        self._entries = tuple(shape.deciding.values())
        self._namings: dict[tuple[str, ...], Naming] = {}
        self._values: Mapping[str, tuple[str, ...]] = {}
        if shape.kind.name == "node":
            there = [name for name in names if world.has_node(name)]
            columns = [world.column(there, entry.table, entry.column) for entry in self._entries]
            self._values = dict(zip(there, zip(*columns, strict=True), strict=True))

    def of(self, name: str) -> Naming:
        """The names for one object."""
        values = self._values.get(name)
        if values is None:
            values = tuple([self._own(entry, name) for entry in self._entries])
        if values not in self._namings:
            self._namings[values] = self._shape.naming(values)
        return self._namings[values]

    def _own(self, entry: Attribute, name: str) -> str:
        """What the object's own first enabled row says."""
        return next((row[entry.column] for row in self._world.snapshot.table(entry.table).find(name)), "")


def shape_of(kind: ObjectType, tables: Iterable[str]) -> Shape:
    """The shape of a type. `tables` are those that it may have: the others belong to another type."""
    entries = [entry for entry in kind.attributes if entry.table in tables]
    conditions = frozenset(entry.only_if for entry in entries if entry.only_if)
    names = {name for name, _ in conditions}
    return Shape(
        kind,
        keys={entry.table: entry.key for entry in entries},
        deciding={entry.name: entry for entry in entries if entry.name in names and not entry.only_if},
        conditions=conditions,
    )


def _naming(shape: Shape, holding: frozenset[Condition]) -> Naming:
    """The last entry that counts has the name, as in lsdef; what decides on others always keeps its own."""
    places: dict[str, Place] = {}
    for entry in shape.kind.attributes:
        if entry.table not in shape.keys or entry.column == shape.keys[entry.table] or entry.name == "members":
            continue
        if entry.only_if is None or (entry.only_if in holding and entry.name not in shape.deciding):
            places[entry.name] = Place((entry.table, entry.fixed), entry.column)
    names: dict[Slot, dict[str, str]] = {}
    for name, place in places.items():
        names.setdefault(place.slot, {})[place.column] = name
    fixed: dict[str, list[tuple[Fixed, Mapping[str, str]]]] = {}
    for (table, cells), named in names.items():
        if cells:
            fixed.setdefault(table, []).append((cells, named))
    return Naming(places, names, fixed)
