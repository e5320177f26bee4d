"""What has to be changed to have the rows that a file wants: every row is compared, those that are the same stay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from xcatd.objects import World
from xcatd.plugins.inventory.document import TABLES, Cells, Document
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.rowmaking import Complain
from xcatd.plugins.inventory.shelf import Shelf
from xcatd.plugins.inventory.wanted import Wanted, wanted_rows
from xcatd.store import Exact, Snapshot, Values
from xcatd.store.draft import Draft
from xcatd.store.row import Ident

_MEMBERSHIP = frozenset({"nodelist", "nodegroup", "site"})
"""Tables on which inheritance depends."""

PASSES = 2
"""How often each object of a file is looked at: what it inherits must be known before its attributes have their places."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """The rows that a file speaks about. `covers`: the types of which an object that it does not have is to go."""

    inventory: Inventory
    document: Document
    covers: Collection[str]

    def rows(self) -> Iterator[tuple[Shelf, Values]]:
        """The rows that go unless the file wants them."""
        for kind in self.inventory.types:
            for name in self._names(kind):
                for shelf, rows in self.inventory.rows(kind, name):
                    yield from ((shelf, row) for row in rows)
        if TABLES in self.covers:
            for table in self._tables():
                yield from ((self.inventory.shelves[table], row) for row in self.inventory.loose(table))

    def _names(self, kind: str) -> Iterable[str]:
        """A setting of the site that the file does not have stays like an object that it does not have."""
        if kind in self.covers:
            return {*self.document.objects.get(kind, ()), *self.inventory.names(kind)}
        return () if kind == "site" else self.document.objects.get(kind, ())

    def _tables(self) -> Iterable[str]:
        """A file that does not say what it covers is about the tables that it has."""
        whole = self.document.header.covers is not None
        return (
            self.inventory.tables
            if whole
            else [name for name in self.document.tables if name in self.inventory.shelves]
        )


def plan(
    snapshot: Snapshot,
    document: Document,
    covers: Collection[str],
    complain: Complain,
    tick: Callable[[], None] = lambda: None,
) -> list[Exact]:
    """The changes that make the configuration what a file says; rows that it does not speak about stay.

    `covers`: the types of which objects that are not in the file are removed. Without secrets in the file, those of rows
    that stay are kept. `complain` takes note of what cannot be; the changes are then of no use.
    `tick` is called `PASSES` times for each object, in the thread in which this runs.
    """
    inventory = Inventory(World(snapshot), secrets=document.header.has_secrets)
    scope = list(_Scope(inventory, document, covers).rows())
    deciding = {entry.table for shape in inventory.types.values() for entry in shape.deciding.values()} | _MEMBERSHIP
    first = wanted_rows(inventory, document, inventory.world, lambda problem: None, deciding, tick)
    world = World(applied(snapshot, _changes(inventory, scope, first, deciding)))
    wanted = wanted_rows(inventory, document, world, complain, inventory.shelves, tick)
    return list(_changes(inventory, scope, wanted, inventory.shelves))


def applied(snapshot: Snapshot, changes: Iterable[Exact]) -> Snapshot:
    """The snapshot with these changes, which are nowhere written."""
    draft = Draft(snapshot)
    draft.take(list(changes), lambda: None)
    return draft.snapshot(draft.steps())


def _changes(
    inventory: Inventory, scope: Iterable[tuple[Shelf, Values]], wanted: Wanted, only: Container[str]
) -> Iterator[Exact]:
    """Rows that go come first: others may take their keys."""
    present: dict[str, dict[Ident, Values]] = {}
    for shelf, row in scope:
        present.setdefault(shelf.table.name, {})[shelf.view.layout.ident(row)] = row
    for name, found in present.items():
        if name in only:
            gone = [row for ident, row in found.items() if ident not in wanted.get(name, ())]
            yield from (Exact(name, inventory.shelves[name].raw(row), None) for row in gone)
    for name, rows in wanted.items():
        shelf = inventory.shelves[name]
        elsewhere = _elsewhere(shelf, present.get(name, {}), rows)
        for ident, cells in rows.items():
            there = present.get(name, {}).get(ident) or elsewhere.get(ident)
            if there is None:
                yield Exact(name, None, cells)
            elif (after := shelf.secrets(there) | cells) != shelf.whole(there):
                yield Exact(name, shelf.raw(there), after)


def _elsewhere(shelf: Shelf, present: Mapping[Ident, Values], wanted: Mapping[Ident, Cells]) -> Mapping[Ident, Values]:
    """Wanted rows that are there, but belong to something that the file does not speak about."""
    missing = wanted.keys() - present.keys()
    if not shelf or not missing:
        return {}
    ident_of = shelf.view.layout.ident
    return {ident: row for row in shelf.view.by_ident.values() if (ident := ident_of(row)) in missing}
