"""The rows that an object of a file stands for: the way back from attributes to cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xcatd.plugins.inventory.document import ROWS, Cells, Entry
from xcatd.plugins.inventory.naming import Naming, Place, Shape, Slot
from xcatd.store import Table

Complain = Callable[[str], None]
Rows = list[tuple[str, Cells]]
"""Whole rows: (table, cells)."""


class RowMaker:
    """Makes rows of objects of one type. `complain` takes note of what cannot be; that is left out."""

    def __init__(self, shape: Shape, tables: Mapping[str, Table], complain: Complain) -> None:
        self._shape = shape
        self._kind = shape.kind.name
        self._tables = tables
        self._complain = complain

    def rows(self, name: str, entry: Entry, naming: Naming) -> Rows:
        """The rows of an object, given the names that its cells have."""
        if self._kind == "site":
            return self._settings(entry)
        slots: dict[Slot, Cells] = {}
        for attribute, text in entry.attributes.items():
            place = naming.places.get(attribute) or self._spelled_out(attribute)
            if place is None:
                self._complain(f"{self._kind} {name}: {self._why(attribute)}")
            elif text:
                table, fixed = place.slot
                slots.setdefault(place.slot, {self._shape.keys[table]: name, **dict(fixed)})[place.column] = text
        made = [(table, cells) for (table, _), cells in slots.items()]
        for table, rows in entry.rows.items():
            made += [(table, {self._shape.keys[table]: name, **row}) for row in rows if self._fits(name, table, row)]
        main = self._shape.kind.table
        if self._shape.implies(main) and not any(table == main for table, _ in made):
            made.append((main, {self._shape.keys[main]: name}))
        return made

    def _settings(self, entry: Entry) -> Rows:
        rows = [("site", {"key": key, "value": value}) for key, value in entry.attributes.items() if value]
        for table, some in entry.rows.items():
            if table == "site":
                rows += [("site", cells) for cells in some if self._has_columns("site", table, cells)]
            else:
                self._complain(f"site: {ROWS}: objects of type site have no rows in table {table}")
        return rows

    def _spelled_out(self, attribute: str) -> Place | None:
        """`table.column`, for cells that have no name of their own."""
        table, _, column = attribute.partition(".")
        key = self._shape.keys.get(table)
        if key is None or column == key or column not in self._tables[table].column_names:
            return None
        return Place((table, ()), column)

    def _why(self, attribute: str) -> str:
        if attribute == "members" and self._kind == "group":
            return "the members of a group are the nodes that name it in their groups"
        conditions = [
            entry.only_if for entry in self._shape.kind.attributes if entry.name == attribute and entry.only_if
        ]
        if not conditions:
            return f"'{attribute}' is not a valid attribute name for an object type of '{self._kind}'."
        words = " or ".join(dict.fromkeys(word for _, word in conditions))
        return f"Cannot set the attr='{attribute}' attribute unless {conditions[0][0]} value is {words}."

    def _fits(self, name: str, table: str, row: Cells) -> bool:
        path = f"{self._kind} {name}: {ROWS}: {table}"
        key = self._shape.keys.get(table)
        if key is None:
            self._complain(f"{path}: objects of type {self._kind} have no rows in this table")
            return False
        if key in row:
            self._complain(f"{path}: leave out {key}, which is the object's name")
            return False
        return self._has_columns(path, table, row)

    def _has_columns(self, path: str, table: str, row: Cells) -> bool:
        for column in row.keys() - set(self._tables[table].column_names):
            self._complain(f'{path}: No column "{column}" in table "{table}"')
            return False
        return True
