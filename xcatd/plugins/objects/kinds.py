"""What the object commands know of the types: which objects there are, and what their attributes are.

Groups and the site are more than rows of a table: a group exists as soon as a node names it, and shows its members; the
site is one object whose attributes are the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from xcatd.api import UsageError
from xcatd.noderange import expand
from xcatd.objects import TYPES, World, check_attribute, has_object, read_object
from xcatd.objects.entries import applies
from xcatd.objects.nodes import read_attributes

SITE = "clustersite"
_LATER = ("auditlog", "eventlog", "monitoring")


def check_kind(kind: str) -> str:
    """The type's name. Raises UsageError when there is none, or nothing here can handle it."""
    if kind not in TYPES:
        raise UsageError(f"\nType '{kind}' is not a valid xCAT object type.")
    if kind in _LATER or not TYPES[kind].table:
        raise UsageError(f"type '{kind}' is not supported yet")
    return kind


def check_name(kind: str, attribute: str) -> None:
    """Raises UsageError when objects of this type have no such attribute; the site may have any."""
    if kind == "group" and attribute not in TYPES["group"].names:
        raise UsageError(f"'{attribute}' is not a valid attribute name for an object type of 'group'.")
    if kind not in ("group", "site"):
        check_attribute(kind, attribute)


def all_objects(world: World, kind: str) -> list[str]:
    """The names of all objects of a type, sorted."""
    if kind == "site":
        return [SITE]
    if kind == "node":
        return sorted(world.nodes())
    rows = world.snapshot.table(TYPES[kind].table).rows
    key = next(entry for entry in TYPES[kind].attributes if entry.name == TYPES[kind].key)
    found = {row[key.column] for row in rows if not row.hidden}
    if kind == "group":
        found.update(group for node in world.nodes() for group in world.groups_of(node))
    return sorted(found - {""})


def named_objects(world: World, kind: str, text: str) -> tuple[list[str], list[str]]:
    """The objects that a text names, and the names that are none: a noderange for nodes, else a comma list.

    Raises BadNoderange.
    """
    if kind == "node":
        expanded = expand(text, world)
        return list(expanded.nodes), list(expanded.missing)
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    there = {name for name in names if exists(world, kind, name)}
    return [name for name in names if name in there], [name for name in names if name not in there]


def exists(world: World, kind: str, name: str) -> bool:
    if kind == "site":
        return name == SITE
    if kind == "group":
        return world.members(name) is not None
    return has_object(world, kind, name)


def read(world: World, kind: str, name: str, only: Collection[str] | None = None) -> dict[str, str]:
    """attribute -> value of an object that exists, those without a value left out; `only` names the ones wanted."""
    if kind == "site":
        values = {row["key"]: row["value"] for row in world.snapshot.table("site").rows if not row.hidden}
        return _some(values, only)
    if kind == "group":
        return _some(_group(world, name), only)
    return read_object(world, kind, name, _filled(world, kind) if only is None else only)


def _filled(world: World, kind: str) -> frozenset[str]:
    """The attributes that some object of the type can have: most tables of most clusters are empty."""

    def find() -> frozenset[str]:
        entries = (entry for entry in TYPES[kind].attributes if len(world.snapshot.table(entry.table).rows))
        return frozenset(entry.name for entry in entries) - {TYPES[kind].key}

    return world.snapshot.cached(("lsdef", kind), find)


def cell_of(kind: str, attribute: str, values: dict[str, str]) -> str:
    """Where an attribute is stored, in the words of `lsdef -V`; `values` decide between several places."""
    if kind == "site":
        return "(Table:site - Key:key - Column:value)"
    name = attribute.partition(".")[0] if attribute not in TYPES[kind].names else attribute
    entries = [entry for entry in TYPES[kind].attributes if entry.name == name]
    entry = ([one for one in entries if applies(one, values)] or entries)[-1]
    return f"(Table:{entry.table} - Key:{entry.key} - Column:{entry.column})"


def _group(world: World, name: str) -> dict[str, str]:
    kind = TYPES["group"]
    values = {"grouptype": "static", **read_attributes(world, kind, name, kind.names)}
    values["members"] = ",".join(world.members(name) or ())
    values.pop(kind.key, None)
    return values


def _some(values: dict[str, str], only: Iterable[str] | None) -> dict[str, str]:
    return {name: values[name] for name in (values if only is None else only) if values.get(name)}
