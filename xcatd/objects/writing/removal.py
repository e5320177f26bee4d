"""The rows of objects that go."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.objects.attributes import ObjectType
from xcatd.objects.world import World
from xcatd.objects.writing.rows import StoredRows
from xcatd.store import Delete


class Removal:
    """What it takes to remove objects of one type: their rows in all tables that its map names, disabled rows too.

    `everywhere`: rows about nodes in other tables as well, such as deps and those of the site.
    """

    def __init__(self, world: World, kind: ObjectType, *, everywhere: bool = False) -> None:
        self._rows = StoredRows(world)
        places = dict.fromkeys((entry.table, entry.key) for entry in kind.attributes if entry.key)
        if everywhere:
            tables = world.snapshot.schema.tables.values()
            places |= dict.fromkeys(
                (each.name, "node") for each in tables if each.node_column == "node" and not each.log
            )
        self._places = [place for place in places if len(world.snapshot.table(place[0]).rows)]

    def of(self, names: Sequence[str]) -> list[Delete]:
        """The rows of these objects."""
        return [
            Delete(table, {key: name}) for table, key in self._places for name in self._rows.having(names, table, key)
        ]
