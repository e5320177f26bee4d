"""Many objects other than nodes, read at a time: they have what is stored under their names, and inherit nothing."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.names import exists, key_entry
from xcatd.objects.nodes import rows_of
from xcatd.objects.ownrows import OwnRows
from xcatd.objects.world import World


class RawBlock:
    """Some objects of one type, groups among them, and the rows under their names."""

    def __init__(self, world: World, kind: ObjectType, names: Sequence[str]) -> None:
        self._world = world
        self._kind = kind
        self._names = names
        self._own: dict[str, OwnRows] = {}

    def is_there(self) -> Sequence[bool]:
        """Which of the objects exist: those with an enabled row in the type's main table."""
        entry = key_entry(self._kind)
        if self._is_direct(entry):
            return self._rows(entry.table).found()
        return [exists(self._world, self._kind.name, name) for name in self._names]

    def cells(self, entry: Attribute) -> Sequence[str] | None:
        """The values of an entry of the attribute map, "" for none; None when no object has one."""
        if self._is_direct(entry):
            layout = self._world.snapshot.table(entry.table).layout
            cells = self._rows(entry.table).column(layout.place(entry.column))
            return None if cells is None else [text or "" for text in cells]
        found = [rows_of(self._world, entry, name) for name in self._names]
        values = [rows[0][entry.column] if rows else "" for rows in found]
        return values if any(values) else None

    def _is_direct(self, entry: Attribute) -> bool:
        """Whether the object's name alone leads to the row."""
        return not entry.fixed and entry.key == self._world.snapshot.table(entry.table).table.lookup

    def _rows(self, table: str) -> OwnRows:
        if table not in self._own:
            self._own[table] = OwnRows(self._world.snapshot.table(table), self._names)
        return self._own[table]
