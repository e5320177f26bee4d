"""Another name for an object: its rows in every table follow, and so do its members if it is a group."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.objects.attributes import ObjectType
from xcatd.objects.world import World
from xcatd.objects.writing.groups import Memberships
from xcatd.objects.writing.rows import StoredRows
from xcatd.store import Change, Put


def renaming(world: World, kind: ObjectType, old: str, new: str) -> Iterator[Change]:
    """Rows under the old name go under the new one: those of the map, for nodes and groups those of every table with a
    column for node names."""
    rows = StoredRows(world)
    for table, key in dict.fromkeys(_places(world, kind)):
        if rows.having([old], table, key):
            yield Put(table, {key: old}, {key: new})
    if kind.name == "group":
        yield from _memberships(world, old, new)


def _places(world: World, kind: ObjectType) -> Iterator[tuple[str, str]]:
    """(table, the column that holds the object's name)."""
    yield from ((entry.table, entry.key) for entry in kind.attributes if entry.key)
    if kind.name == "monitoring":
        yield "monsetting", "name"
    if kind.name in ("node", "group"):
        for name in world.snapshot:
            column = world.snapshot.table(name).table.node_column
            if column is not None:
                yield name, column


def _memberships(world: World, old: str, new: str) -> Iterator[Change]:
    memberships = Memberships(world)
    for node in world.members(old) or ():
        if old in memberships.of(node):
            memberships.rename(node, old, new)
    yield from memberships.changes()
