"""What differs between two inventories, object by object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xcatd.plugins.inventory.document import Cells
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.shelf import Shelf
from xcatd.policy.secrets import is_secret_name
from xcatd.store import Values
from xcatd.store.row import Ident

ROW = "row"
_ROW_OF = re.compile(r"(\w+)\[.*\]", re.DOTALL)
"""How a row is called among attributes: `table[key]`, behind which a column may follow."""


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """An object; or a loose row: of type `row`, named by its table, with the key that tells it from others."""

    kind: str
    name: str
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Mapping[str, str]:
        return dict(self.cells)

    def __str__(self) -> str:
        cells = ",".join(f"{column}={text}" for column, text in self.cells)
        return f"{self.name} {cells}" if self.kind == ROW else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Different:
    """A thing before and after; None: it is not there."""

    thing: Thing
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None

    def is_secret(self, name: str) -> bool:
        """Whether what has this name, an attribute or a cell of a row, must not be shown."""
        return is_secret_name(f"{self.thing.name}.{name}" if self.thing.kind == ROW else _ROW_OF.sub(r"\1", name))


def differences(before: Inventory, after: Inventory) -> Iterator[Different]:
    """Everything that differs, sorted.

    Only rows that differ are looked at closely, so that two nearly equal moments are compared quickly.
    """
    touched: set[Thing] = set()
    loose: dict[Thing, tuple[Cells | None, Cells | None]] = {}
    for table in before.tables:
        old, new = before.shelves[table], after.shelves[table]
        for one, other in _pairs(old, new):
            for inventory, row in ((before, one), (after, other)):
                if row is not None and (thing := _owner(inventory, table, row)):
                    touched.add(thing)
            sides = _loose(before, table, one), _loose(after, table, other)
            if sides != (None, None):
                loose[Thing(ROW, table, old.key_cells(one or other or ()))] = sides
    found = [Different(one, flat_object(before, one), flat_object(after, one)) for one in sorted(touched)]
    found += [Different(one, *sides) for one, sides in sorted(loose.items())]
    return (one for one in found if one.before != one.after)


def _pairs(old: Shelf, new: Shelf) -> Iterator[tuple[Values | None, Values | None]]:
    """The rows of a table that differ, before and after."""
    if old.view is new.view:
        return
    ident_of = new.view.layout.ident
    there: dict[Ident, Values] = {ident_of(row): row for row in new.all()}
    for row in old.all():
        other = there.pop(ident_of(row), None)
        if other is None or (other != row and old.cells(row) != new.cells(other)):
            yield row, other
    for row in there.values():
        yield None, row


def _owner(inventory: Inventory, table: str, row: Values) -> Thing | None:
    kinds = [kind for kind, shape in inventory.types.items() if table in shape.keys]
    if kinds == ["site"]:
        return Thing("site", inventory.names("site")[0])
    if not kinds:
        return None
    name = inventory.shelves[table].name(row)
    return next((Thing(kind, name) for kind in kinds if inventory.has(kind, name)), None)


def _loose(inventory: Inventory, table: str, row: Values | None) -> Cells | None:
    if row is None or _owner(inventory, table, row) is not None:
        return None
    keys = inventory.shelves[table].table.keys
    return {column: text for column, text in inventory.shelves[table].cells(row).items() if column not in keys}


def flat_object(inventory: Inventory, thing: Thing) -> dict[str, str] | None:
    """An object as one mapping; None when it does not exist.

    Rows that attributes cannot say are called `table[key]`, and their cells `table[key].column`.
    """
    if not inventory.has(thing.kind, thing.name) or not any(inventory.rows(thing.kind, thing.name)):
        return None
    entry = inventory.entry(thing.kind, thing.name)
    flat = dict(entry.attributes)
    for table, rows in entry.rows.items():
        keys = inventory.shelves[table].table.keys
        for number, row in enumerate(rows):
            key = ",".join(row[column] for column in keys if row.get(column))
            name = f"{table}[{key or number}]"
            cells = {f"{name}.{column}": text for column, text in row.items() if column not in keys}
            flat |= cells or {name: "is there"}
    return flat
