"""The types of objects of a cluster: those of xCAT 2, with the attributes that its site adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.errors import UsageError
from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.store.schema import Schema

LOGS = frozenset({"auditlog", "eventlog"})
"""Types whose objects are rows of a log table, which no snapshot holds."""
SITE = "clustersite"
"""The one object of type site."""
OPEN = frozenset({"monitoring", "site"})
"""Types whose objects may have attributes beside those of the map."""


def types_of(schema: Schema) -> Mapping[str, ObjectType]:
    """All types of objects, in alphabetical order."""
    if not schema.attributes:
        return TYPES
    added = {name: _extended(name, entries) for name, entries in schema.attributes.items() if entries}
    return dict(sorted({**TYPES, **added}.items()))


def _extended(name: str, entries: Sequence[Attribute]) -> ObjectType:
    """A type with entries of the site. One that the site makes up is named by the entry that is its row's key."""
    if name in TYPES:
        return ObjectType(name, TYPES[name].key, (*TYPES[name].attributes, *entries))
    key = next((entry.name for entry in entries if entry.column == entry.key), entries[0].name)
    return ObjectType(name, key, tuple(entries))


def type_in(types: Mapping[str, ObjectType], kind: str) -> ObjectType:
    """The type of this name, as xCAT 2 says it. Raises UsageError when there is none."""
    if kind not in types:
        raise UsageError(f"Type '{kind}' is not a valid xCAT object type.")
    return types[kind]
