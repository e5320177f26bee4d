"""Inventories as text, made as they go out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xcatd.plugins.inventory.document import EVERYTHING, SECRETS, TABLES, VERSION, Branch, Header
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.write_yaml import YamlWriter

Format = Literal["yaml", "json"]
_NOTE = (
    "# Passwords and other secrets are left out, and an import leaves them alone: see --secrets.",
    "# An inventory of xcatd (docs/inventory.md): objects by type, and rows that belong to no object.",
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes into a file: types, and of each the names, None for all."""

    types: Mapping[str, Sequence[str] | None]
    chosen: str = ""

    def header(self, inventory: Inventory) -> Header:
        """What the file says of itself."""
        return Header(None if self.chosen else frozenset(self.types), self.chosen, inventory.secrets)


def names_of(inventory: Inventory, selection: Selection) -> Iterator[tuple[str, Sequence[str]]]:
    """The types of a selection and the names of each, types in order, and at last the tables that may have loose rows."""
    for kind in (*inventory.types, TABLES):
        if kind in selection.types:
            names = selection.types[kind]
            if names is None:
                names = inventory.tables if kind == TABLES else inventory.names(kind)
            yield kind, sorted(names)


def _sections(inventory: Inventory, selection: Selection) -> Iterator[tuple[str, Iterator[tuple[str, Branch]]]]:
    """The sections of a file and their parts; some have none."""
    for kind, names in names_of(inventory, selection):
        if kind == TABLES:
            rows = ((table, inventory.loose_cells(table)) for table in names)
            yield kind, ((table, found) for table, found in rows if found)
        else:
            yield kind, _objects(inventory, kind, names)


def _objects(inventory: Inventory, kind: str, names: Sequence[str]) -> Iterator[tuple[str, Branch]]:
    return ((name, inventory.entry(kind, name).tree()) for name in names)


def yaml_lines(inventory: Inventory, selection: Selection) -> Iterator[str]:
    """A file as YAML, line by line."""
    yield _NOTE[1]
    if not inventory.secrets:
        yield _NOTE[0]
    writer = YamlWriter()
    yield from writer.lines(_head(inventory, selection))
    for name, parts in _sections(inventory, selection):
        is_first = True
        for part, branch in parts:
            if is_first:
                yield f"{name}:"
                is_first = False
            yield from writer.lines({part: branch}, "  ")


def json_lines(inventory: Inventory, selection: Selection) -> Iterator[str]:
    """The same as JSON."""
    head = [_member(name, text, 1) for name, text in _head(inventory, selection).items()]
    yield "{"
    yield from (f"{line}," for line in head[:-1])
    line = head[-1]
    for name, parts in _sections(inventory, selection):
        is_first = True
        for part, branch in parts:
            yield f"{line},"
            if is_first:
                yield f" {json.dumps(name)}: {{"
                is_first = False
            line = _member(part, branch, 2)
        if not is_first:
            line = f"{line}\n }}"
    yield line
    yield "}"


def _head(inventory: Inventory, selection: Selection) -> dict[str, str]:
    header = selection.header(inventory)
    head = {"inventory": VERSION}
    if header.chosen:
        head["chosen"] = header.chosen
    elif header.covers == frozenset({*inventory.types, TABLES}):
        head["covers"] = EVERYTHING
    else:
        head["covers"] = ",".join(sorted(header.covers or ()))
    return head if header.has_secrets else {**head, "without": SECRETS}


def _member(name: str, branch: Branch, indent: int) -> str:
    shown = json.dumps(branch, indent=1, ensure_ascii=False).replace("\n", "\n" + " " * indent)
    return f"{' ' * indent}{json.dumps(name, ensure_ascii=False)}: {shown}"
