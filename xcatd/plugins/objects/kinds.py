"""What the object commands know of the types: what callers may name, and where an attribute is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xcatd.api import UsageError
from xcatd.noderange import expand
from xcatd.objects import TYPES, ObjectType, World, check_attribute, exists, object_names, read_object
from xcatd.objects.entries import applies
from xcatd.objects.kinds import LOGS, SITE

__all__ = ["SITE", "all_objects", "check_kind", "check_name", "exists", "named_objects", "read"]

_MAP_OF_GROUPS = "nodegroup"


def check_kind(kind: str, types: Mapping[str, ObjectType] = TYPES) -> str:
    """The type's name. Raises UsageError when there is none, or its objects are records that nobody may change."""
    if kind not in types:
        raise UsageError(f"\nType '{kind}' is not a valid xCAT object type.")
    if kind in LOGS:
        raise UsageError(
            f"objects of type '{kind}' are records of what was: they are shown by lsdef and cannot be changed"
        )
    return kind


def check_name(kind: str, attribute: str) -> None:
    """Raises UsageError when objects of this type have no such attribute; the site may have any."""
    check_attribute(kind, attribute)


def all_objects(world: World, kind: str) -> list[str]:
    """The names of all objects of a type, sorted."""
    return object_names(world, kind)


def named_objects(world: World, kind: str, text: str) -> tuple[list[str], list[str]]:
    """The objects that a text names, and the names that are none: a noderange for nodes, else a comma list.

    Raises BadNoderange.
    """
    if kind == "node":
        expanded = expand(text, world, exclude=world.snapshot.site("excludenodes"), unknown=True)
        return list(expanded.nodes), list(expanded.missing)
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    there = {name for name in names if exists(world, kind, name)}
    return [name for name in names if name in there], [name for name in names if name not in there]


def read(world: World, kind: str, name: str, only: Collection[str] | None = None) -> dict[str, str]:
    """attribute -> value of an object that exists, those without a value left out; `only` names the ones wanted."""
    return read_object(world, kind, name, only)


def cell_of(kind: ObjectType, attribute: str, values: Mapping[str, str]) -> str:
    """Where an attribute is stored, in the words of `lsdef -V`; `values` decide between several places."""
    if kind.name == "site":
        return f"(Table:site - Key:{attribute})"
    name = attribute if attribute in kind.names else attribute.partition(".")[0]
    if name not in kind.names:
        return "(Table:monsetting)"
    entries = [entry for entry in kind.attributes if entry.name == name]
    entry = ([one for one in entries if applies(one, values)] or entries)[-1]
    if kind.name in LOGS:
        return f"(Table:{entry.table} - Key:{entry.column})"
    keys = " ".join((entry.key, *dict(entry.fixed)))
    blank = " " if kind.name not in ("node", "group") or entry.fixed or entry.table == _MAP_OF_GROUPS else ""
    return f"(Table:{entry.table} - Key:{blank}{keys} - Column:{entry.column})"
