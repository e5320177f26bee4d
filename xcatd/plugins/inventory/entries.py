"""The rows of an object as attributes, as far as attributes can say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xcatd.plugins.inventory.document import ROWS, Cells, Entry
from xcatd.plugins.inventory.naming import Naming, Shape
from xcatd.plugins.inventory.shelf import Shelf
from xcatd.store import Values

Rows = Iterable[tuple[Shelf, Sequence[Values]]]
"""The rows of one object, by table."""


def entry_of(shape: Shape, naming: Naming, found: Rows) -> Entry:
    """An object of any type but site."""
    attributes: Cells = {}
    rows: dict[str, list[Cells]] = {}
    for shelf, owned in found:
        table = shelf.table.name
        for row in owned:
            cells = shelf.cells(row)
            del cells[shelf.key]
            is_only = len(owned) == 1
            named = _named(naming, table, cells, is_only=is_only)
            if named is not None:
                attributes |= named
            elif cells or not is_only or not shape.implies(table):
                rows.setdefault(table, []).append(cells)
        if table in rows:
            rows[table] = shelf.ordered(rows[table])
    return _sorted(attributes, rows)


def site_entry(found: Rows) -> Entry:
    """The site: its attributes are the rows."""
    attributes: Cells = {}
    others: list[Cells] = []
    for shelf, rows in found:
        for cells in shelf.ordered([shelf.cells(row) for row in rows]):
            if cells.keys() == {"key", "value"} and cells["key"] != ROWS:
                attributes[cells["key"]] = cells["value"]
            else:
                others.append(cells)
    return _sorted(attributes, {"site": others} if others else {})


def _named(naming: Naming, table: str, cells: Cells, *, is_only: bool) -> Mapping[str, str] | None:
    """A row as attributes; None when they cannot say it: it has nothing in it, is marked, or is one of several.

    A cell without a name of its own is called `table.column`.
    """
    if not cells:
        return None
    for fixed, names in naming.fixed.get(table, ()):
        rest = cells.keys() - dict(fixed).keys()
        if rest and rest <= names.keys() and all(cells.get(column) == text for column, text in fixed):
            return {names[column]: cells[column] for column in rest}
    names = naming.names.get((table, ()), {})
    if not is_only or table in naming.fixed or ("disable" in cells and "disable" not in names):
        return None
    return {names.get(column) or f"{table}.{column}": text for column, text in cells.items()}


def _sorted(attributes: Cells, rows: Mapping[str, Sequence[Cells]]) -> Entry:
    return Entry(dict(sorted(attributes.items())), dict(sorted(rows.items())))
