"""Which objects there are of each type."""

from __future__ import annotations

from collections.abc import Collection

from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.grouprows import enabled_rows
from xcatd.objects.kinds import SITE, type_in
from xcatd.objects.world import World


def object_names(world: World, kind: str) -> list[str]:
    """The names of all objects of a type, sorted. Raises UsageError for an unknown type, NotFound for a type of logs."""
    found = type_in(world.types, kind)
    if kind == "site":
        return [SITE]
    names: Collection[str]
    if kind == "node":
        names = world.nodes()
    elif kind == "group":
        names = world.group_names()
    else:
        entry = key_entry(found)
        view = world.snapshot.table(entry.table)
        is_lookup = entry.column == view.table.lookup
        names = view.keys() if is_lookup else {row[entry.column] for row in view.rows if not row.hidden} - {""}
    return sorted(names)


def exists(world: World, kind: str, name: str) -> bool:
    """Whether there is such an object. Raises UsageError for an unknown type, NotFound for a type of logs."""
    found = type_in(world.types, kind)
    if kind == "site":
        return name == SITE
    if kind == "group":
        return world.has_group(name)
    entry = key_entry(found)
    view = world.snapshot.table(entry.table)
    if entry.column == view.table.lookup:
        return bool(enabled_rows(view, name))
    return any(row[entry.column] == name for row in view.rows if not row.hidden)


def key_entry(kind: ObjectType) -> Attribute:
    """The entry of the map that is the object's name."""
    return next(entry for entry in kind.attributes if entry.name == kind.key)
