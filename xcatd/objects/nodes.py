"""One object's rows and attributes, as the attribute map leads to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xcatd.errors import UsageError
from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.objects.entries import entries_for, read_entries
from xcatd.objects.kinds import OPEN, type_in
from xcatd.objects.names import exists
from xcatd.objects.nics import split_name
from xcatd.objects.world import World
from xcatd.store import Row


def object_type(kind: str, types: Mapping[str, ObjectType] = TYPES) -> ObjectType:
    """The type of this name. Raises UsageError when there is none."""
    return type_in(types, kind)


def check_attribute(kind: str, attribute: str, types: Mapping[str, ObjectType] = TYPES) -> None:
    """Raises UsageError when objects of this type have no such attribute; `nicips.eth0` counts as nicips.

    The site and monitoring objects may have any.
    """
    if split_name(attribute)[0] not in type_in(types, kind).names and kind not in OPEN:
        raise UsageError(f"'{attribute}' is not a valid attribute name for an object type of '{kind}'.")


def has_object(world: World, kind: str, name: str) -> bool:
    """Whether the object exists."""
    return exists(world, kind, name)


def read_attributes(world: World, kind: ObjectType, name: str, wanted: Collection[str]) -> dict[str, str]:
    """The attributes wanted, without xcatdefaults, whether or not the object exists."""

    def cell(entry: Attribute) -> str:
        if kind.name == "node":
            return world.cell(name, entry)
        return next((row[entry.column] for row in rows_of(world, entry, name)), "")

    values = read_entries(entries_for(kind, wanted), cell)
    return {attribute: value for attribute, value in values.items() if attribute in wanted}


def rows_of(world: World, entry: Attribute, name: str) -> Sequence[Row]:
    """The object's own enabled rows to which an entry of the map leads."""
    view = world.snapshot.table(entry.table)
    chosen = {**dict(entry.fixed), **({entry.key: name} if entry.key else {})}
    rows = view.find(name) if entry.key == view.table.lookup else view.rows
    return [row for row in rows if not row.hidden and all(row[column] == text for column, text in chosen.items())]
