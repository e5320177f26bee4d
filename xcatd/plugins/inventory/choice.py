"""Which types and which objects are meant: -t, -o and --exclude."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from xcatd.api import Ctx, NotFound, UsageError
from xcatd.noderange import expand
from xcatd.objects import World
from xcatd.plugins.inventory.document import TABLES, Document
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.shapes import shapes_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Types, sorted, and what was said of names; "": all of them."""

    types: tuple[str, ...]
    names: str = ""
    each: frozenset[str] = frozenset()
    """The names one by one, whether or not there are such objects."""

    @classmethod
    def of(cls, world: World, types: Sequence[str], names: str, exclude: Sequence[str]) -> Choice:
        """What the options mean. Raises UsageError and BadNoderange."""
        known = shapes_of(world).types
        wanted = _words(types) or (["node"] if names else sorted({*known, TABLES}))
        without = _words(exclude)
        for kind in (*wanted, *without):
            if kind not in known and kind != TABLES:
                raise UsageError(
                    f"Type '{kind}' is not a type of inventories; they are {', '.join(sorted(known))}, {TABLES}."
                )
        chosen = tuple(sorted(set(wanted) - set(without)))
        if names and len(chosen) != 1:
            raise UsageError("xcat-inventory: -o names objects of one type; give it with -t")
        each = _nodes(world, names) if names and chosen == ("node",) else _words([names])
        return cls(chosen, names, frozenset(each))

    def objects(self, ctx: Ctx, inventory: Inventory) -> Mapping[str, Sequence[str] | None]:
        """Type -> names, None for all. Raises NotFound for an object that does not exist, and BadNoderange."""
        if not self.names:
            return dict.fromkeys(self.types)
        kind = self.types[0]
        if kind == "node":
            return {kind: ctx.expand(self.names)}
        names = _words([self.names])
        there = inventory.tables if kind == TABLES else inventory.names(kind)
        for name in names:
            if name not in there:
                raise NotFound(f"Could not find an object named '{name}' of type '{kind}'.")
        return {kind: sorted(set(names))}

    def wants(self, kind: str, name: str) -> bool:
        """Whether an object is meant."""
        return kind in self.types and (not self.names or name in self.each)

    def part(self, document: Document) -> Document:
        """What is meant of a file. Raises NotFound for a name that it does not have."""
        objects = {kind: entries for kind, entries in document.objects.items() if kind in self.types}
        tables = document.tables if TABLES in self.types else {}
        covers = document.header.covers
        header = replace(document.header, covers=None if covers is None else covers & set(self.types))
        if self.names:
            kind, names = self.types[0], self.each
            header = replace(header, covers=None, chosen=self.names)
            for name in sorted(names):
                if name not in (document.tables if kind == TABLES else document.objects.get(kind, {})):
                    raise NotFound(f"The file has no object named '{name}' of type '{kind}'.")
            objects = {kind: {name: entry for name, entry in objects.get(kind, {}).items() if name in names}}
            tables = {name: rows for name, rows in tables.items() if name in names}
        return Document(header, {} if self.types == (TABLES,) else objects, tables)


def _nodes(world: World, text: str) -> Sequence[str]:
    """The nodes of a noderange, and the names that it spells of others."""
    found = expand(text, world, unknown=True)
    return [*found.nodes, *found.missing]


def _words(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word.strip() for text in texts for word in text.split(",") if word.strip()))
