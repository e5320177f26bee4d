"""The rows that a file wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable

from xcatd.objects import World
from xcatd.objects.kinds import SITE
from xcatd.plugins.inventory.document import TABLES, Cells, Document
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.naming import Namer
from xcatd.plugins.inventory.rowmaking import Complain, RowMaker
from xcatd.store.row import Ident

Wanted = dict[str, dict[Ident, Cells]]
"""Table -> the rows that it is to have, by what tells them apart."""

_UNFIT = re.compile(r"[\s,\x00-\x1f]")


def wanted_rows(
    inventory: Inventory,
    document: Document,
    world: World,
    complain: Complain,
    only: Container[str],
    tick: Callable[[], None],
) -> Wanted:
    """The rows of all objects and tables of a file, those of the tables `only`.

    Which cell an attribute is depends on what its object inherits in `world`. `complain` takes note of what cannot be,
    `tick` is called for each object.
    """
    collector = _Collector(inventory, complain, only)
    for kind, entries in document.objects.items():
        shape = inventory.types[kind]
        namer = Namer(world, shape, list(entries))
        maker = RowMaker(shape, world.snapshot.schema.tables, complain)
        for name, entry in entries.items():
            tick()
            path = f"{kind} {name}"
            if _is_fit(kind, name, world, complain):
                collector.take(path, maker.rows(name, entry, namer.of(name)))
    for table, rows in document.tables.items():
        if table not in inventory.shelves:
            complain(f"{TABLES}: {table}: {_why_not(world, table)}")
        else:
            collector.take(f"{TABLES}: {table}", ((table, row) for row in rows if collector.knows(table, row)))
    return collector.wanted


class _Collector:
    """Gathers rows, each once."""

    def __init__(self, inventory: Inventory, complain: Complain, only: Container[str]) -> None:
        self.wanted: Wanted = {}
        self._shelves = inventory.shelves
        self._complain = complain
        self._only = only

    def knows(self, table: str, row: Cells) -> bool:
        """Whether the table has these columns."""
        unknown = sorted(row.keys() - set(self._shelves[table].table.column_names))
        if unknown:
            self._complain(f'{TABLES}: {table}: No column "{unknown[0]}" in table "{table}"')
        return not unknown

    def take(self, path: str, rows: Iterable[tuple[str, Cells]]) -> None:
        """Rows that something in the file stands for."""
        for table, cells in rows:
            if table in self._only and self._is_whole(path, table, cells):
                ident = self._shelves[table].ident(cells)
                if ident in self.wanted.setdefault(table, {}):
                    self._complain(f"{path}: the row {self._named(table, cells)} of table {table} is there twice")
                self.wanted[table][ident] = cells

    def _is_whole(self, path: str, table: str, cells: Cells) -> bool:
        declared = self._shelves[table].table
        missing = [column for column in declared.required if not cells.get(column)]
        if not missing and not any(cells.get(key) for key in declared.keys):
            missing = list(declared.keys)
        if missing:
            self._complain(f'{path}: a row of table "{table}" needs a value for "{", ".join(missing)}"')
        return not missing

    def _named(self, table: str, cells: Cells) -> str:
        return ",".join(f"{key}={cells.get(key, '')}" for key in self._shelves[table].table.keys)


def _is_fit(kind: str, name: str, world: World, complain: Complain) -> bool:
    if not name or (kind in ("node", "group") and _UNFIT.search(name)):
        complain(f"{kind} {name!r}: this cannot be a name; leave out blanks and commas")
        return False
    if kind == "site" and name != SITE:
        complain(f"site {name}: there is only one site, {SITE}")
        return False
    if kind == "group" and world.has_node(name):
        complain(f"group {name}: this is the name of a node")
        return False
    return True


def _why_not(world: World, table: str) -> str:
    if table in world.snapshot.schema.tables:
        return "this table is no configuration, and not in inventories"
    return f"No such table: {table}"
