"""Objects as lsdef shows them: attributes read through the attribute map."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xcatd.errors import NotFound, UsageError
from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.objects.entries import entries_for, read_entries
from xcatd.objects.nics import split_name, values_by_nic
from xcatd.objects.world import World
from xcatd.store import Row

_DEFAULTS = "xcatdefaults"
_PREPENDED = frozenset({"postscripts", "postbootscripts"})
_OWN_RULES = frozenset({"auditlog", "eventlog", "group", "monitoring", "site"})
"""Types whose objects are more than the rows that the map names."""


def object_type(kind: str) -> ObjectType:
    """The type of this name. Raises UsageError when there is none, or its objects are not read through the map alone."""
    if kind not in TYPES:
        raise UsageError(f"Type '{kind}' is not a valid xCAT object type.")
    if kind in _OWN_RULES:
        raise UsageError(f"Objects of type '{kind}' have no view yet: use tabdump and chtab on their tables.")
    return TYPES[kind]


def check_attribute(kind: str, attribute: str) -> None:
    """Raises UsageError when objects of this type have no such attribute; `nicips.eth0` counts as nicips."""
    if split_name(attribute)[0] not in object_type(kind).names:
        raise UsageError(f"'{attribute}' is not a valid attribute name for an object type of '{kind}'.")


def has_object(world: World, kind: str, name: str) -> bool:
    """Whether the object exists: its type's main table, nodelist for nodes, has an enabled row for it."""
    found = object_type(kind)
    return any(rows_of(world, entry, name) for entry in found.attributes if entry.name == found.key)


def read_object(world: World, kind: str, name: str, only: Collection[str] | None = None) -> dict[str, str]:
    """attribute -> value; those without a value, and the name itself, are left out.

    `only` names the attributes wanted; `nicips.eth0` asks for one NIC. A node's values are inherited and worked out,
    and its postscripts begin with those of xcatdefaults; other objects have what is stored. Raises NotFound when
    there is no such object, UsageError for an attribute or a type that does not exist.
    """
    found = object_type(kind)
    for attribute in only or ():
        check_attribute(kind, attribute)
    if not has_object(world, kind, name):
        raise NotFound(f"Could not find an object named '{name}' of type '{kind}'.")
    wanted = found.names if only is None else {split_name(attribute)[0] for attribute in only}
    values = read_attributes(world, found, name, wanted)
    if kind == "node":
        values |= _with_defaults(world, values, wanted & _PREPENDED)
    values.pop(found.key, None)
    return values if only is None else _chosen(values, only)


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


def _with_defaults(world: World, values: Mapping[str, str], wanted: Collection[str]) -> dict[str, str]:
    """The script lists, what the row `xcatdefaults` says for all nodes first."""
    rows = world.snapshot.table("postscripts").find(_DEFAULTS)
    lists = {name: [row[name] for row in rows] + [values.get(name, "")] for name in wanted}
    return {name: ",".join(filter(None, parts)) for name, parts in lists.items() if any(parts)}


def _chosen(values: Mapping[str, str], only: Collection[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for attribute in only:
        name, nic = split_name(attribute)
        text = values.get(name, "")
        chosen[attribute] = values_by_nic(text).get(nic, "") if nic else text
    return {attribute: text for attribute, text in chosen.items() if text}
