"""Which rows objects have already, asked for many objects at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xcatd.objects.world import World
from xcatd.objects.writing.plan import RowPlan
from xcatd.store import Row


class StoredRows:
    """The rows of a snapshot by the name in some column. An index is built where the table has none for that column."""

    def __init__(self, world: World) -> None:
        self._snapshot = world.snapshot
        self._by_column: dict[tuple[str, str], dict[str, list[Row]]] = {}

    def having(self, names: Sequence[str], table: str, key: str) -> list[str]:
        """Those of the names that have a row, disabled ones too."""
        view = self._snapshot.table(table)
        if not len(view.rows):
            return []
        if key == view.table.lookup:
            return [name for name in names if view.idents_of(name)]
        index = self._index(table, key)
        return [name for name in names if name in index]

    def of(self, row: RowPlan, name: str) -> list[Row]:
        """The enabled rows of one object that a plan means."""
        view = self._snapshot.table(row.table)
        found: Iterable[Row]
        if row.key == view.table.lookup:
            found = view.find(name)
        else:
            found = (one for one in self._index(row.table, row.key).get(name, ()) if not one.hidden)
        return [one for one in found if all(one[column] == text for column, text in row.fixed)]

    def may_be_many(self, row: RowPlan) -> bool:
        """Whether an object can have several such rows."""
        view = self._snapshot.table(row.table)
        return not view.is_direct and len(view.rows) > 0

    def _index(self, table: str, key: str) -> dict[str, list[Row]]:
        place = (table, key)
        if place not in self._by_column:
            index = self._by_column[place] = {}
            for row in self._snapshot.table(table).rows:
                index.setdefault(row[key], []).append(row)
        return self._by_column[place]
