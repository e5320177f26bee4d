"""The configuration at one moment as an inventory sees it: every row belongs to one object, or is loose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xcatd.objects import World, object_names
from xcatd.objects.kinds import SITE
from xcatd.plugins.inventory.document import Cells, Entry
from xcatd.plugins.inventory.entries import entry_of, site_entry
from xcatd.plugins.inventory.naming import Namer, Shape
from xcatd.plugins.inventory.shapes import shapes_of
from xcatd.plugins.inventory.shelf import Shelf
from xcatd.store import Values


class Inventory:
    """A snapshot as objects and loose rows. `secrets`: whether it has passwords and the like.

    Work for a thread: at 100,000 nodes it takes a moment to make one. The world must be this thread's own.
    """

    def __init__(self, world: World, *, secrets: bool = True) -> None:
        shapes = shapes_of(world)
        self.world = world
        self.secrets = secrets
        self.types: Mapping[str, Shape] = shapes.types
        """The types by name, sorted."""
        self.tables = shapes.tables
        """All tables, sorted."""
        keys = {table: key for shape in shapes.types.values() for table, key in shape.keys.items()}
        self.shelves: Mapping[str, Shelf] = {
            table: Shelf(world.snapshot.table(table), keys.get(table, ""), secrets=secrets) for table in shapes.tables
        }
        self._filled = {
            kind: [self.shelves[table] for table in shape.keys if self.shelves[table]]
            for kind, shape in shapes.types.items()
        }
        self._names: dict[str, frozenset[str]] = {"node": frozenset(world.nodes())}
        self._names |= {kind: self._find(kind) for kind in shapes.types if kind != "node"}
        self._namers: dict[str, Namer] = {}
        self._owners = self._find_owners()

    def names(self, kind: str) -> list[str]:
        """The objects of a type that have rows, sorted."""
        names = sorted(self._names[kind])
        return names if kind not in ("group", "site") else [name for name in names if any(self.rows(kind, name))]

    def has(self, kind: str, name: str) -> bool:
        return name in self._names[kind]

    def rows(self, kind: str, name: str) -> Iterator[tuple[Shelf, Sequence[Values]]]:
        """The rows of an object, by table; tables without any are left out."""
        for shelf in self._filled[kind]:
            if found := shelf.all() if kind == "site" else shelf.of(name):
                yield shelf, found

    def loose(self, table: str) -> Sequence[Values]:
        """The rows of a table that belong to no object."""
        owners = self._owners.get(table)
        if owners is None:
            return self.shelves[table].all()
        return [] if SITE in owners else self.shelves[table].besides(owners)

    def loose_cells(self, table: str) -> list[Cells]:
        """The same as an inventory says them, in the order of their keys."""
        shelf = self.shelves[table]
        return shelf.ordered([shelf.cells(row) for row in self.loose(table)])

    def entry(self, kind: str, name: str) -> Entry:
        """An object. It must exist."""
        if kind == "site":
            return site_entry(self.rows(kind, name))
        shape = self.types[kind]
        return entry_of(shape, self._namer(kind).of(name), self.rows(kind, name))

    def _namer(self, kind: str) -> Namer:
        if kind not in self._namers:
            self._namers[kind] = Namer(self.world, self.types[kind], self.names(kind))
        return self._namers[kind]

    def _find(self, kind: str) -> frozenset[str]:
        """The names of a type. Where a group has the name of a node, the rows are the node's."""
        names = frozenset(object_names(self.world, kind))
        return names - self._names["node"] if kind == "group" else names

    def _find_owners(self) -> dict[str, frozenset[str]]:
        """Table -> the names of the objects to which its rows belong. Nodes and groups share their tables."""
        owners: dict[str, frozenset[str]] = {}
        for kind, shape in self.types.items():
            for table in shape.keys:
                owners[table] = owners.get(table, frozenset()) | self._names[kind]
        return owners
