"""What it takes to give an object its attributes: the map of the definition layer, and the two types beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xcatd.api import UsageError
from xcatd.objects import TYPES, Attribute, Mode, World, changes_for
from xcatd.objects.entries import applies
from xcatd.objects.nodes import rows_of
from xcatd.plugins.objects.kinds import SITE, read
from xcatd.store import Delete, Put

Complain = Callable[[UsageError], None]
"""Takes note of an item to remove that is not there."""


def edits(
    world: World, kind: str, name: str, assignments: Mapping[str, str], mode: Mode, complain: Complain
) -> list[Put | Delete]:
    """The changes of one object. Raises UsageError when it must be left as it is."""
    if kind not in ("site", "group"):
        return changes_for(world, kind, name, assignments, mode, complain)
    if kind == "site" and name != SITE:
        raise UsageError(f"Could not find an object named '{name}' of type 'site'; the only one is {SITE}.")
    values = {
        attribute: _edited(world, kind, name, (attribute, text), mode, complain)
        for attribute, text in assignments.items()
    }
    return _site(values) if kind == "site" else _group(world, name, values)


def _edited(world: World, kind: str, name: str, assignment: tuple[str, str], mode: Mode, complain: Complain) -> str:
    """The text that an attribute gets; lists start from what is there."""
    attribute, text = assignment
    if mode == "set":
        return text
    delimiter = "::" if attribute == "wherevals" else ","
    before = _items(read(world, kind, name, {attribute}).get(attribute, ""), delimiter)
    given = _items(text, delimiter)
    if mode == "append":
        return delimiter.join(dict.fromkeys((*before, *given)))
    for item in given:
        if item not in before:
            complain(UsageError(f"{item} is not in the attribute of '{attribute}' for the '{name}' definition."))
    return delimiter.join(item for item in before if item not in given)


def _site(values: Mapping[str, str]) -> list[Put | Delete]:
    """A row for each attribute; none for an empty one."""
    return [
        Put("site", {"key": key}, {"value": value}) if value else Delete("site", {"key": key})
        for key, value in values.items()
    ]


def _group(world: World, name: str, values: Mapping[str, str]) -> list[Put | Delete]:
    """Rows under the group's name, which its members inherit."""
    if world.has_node(name):
        raise UsageError(f"'{name}' is the name of a node: choose another name for the group.")
    if "members" in values:
        raise UsageError(
            f"The members of group '{name}' are set at the nodes: chdef -t node <noderange> -p groups={name}"
        )
    decided = {**read(world, "group", name), **values}
    changes: list[Put | Delete] = []
    for attribute, text in values.items():
        for entry in _entries(attribute, decided):
            if text or rows_of(world, entry, name):
                changes.append(Put(entry.table, {entry.key: name, **dict(entry.fixed)}, {entry.column: text or None}))
    return changes


def _entries(attribute: str, decided: Mapping[str, str]) -> list[Attribute]:
    entries = [entry for entry in TYPES["group"].attributes if entry.name == attribute]
    chosen = [entry for entry in entries if applies(entry, decided)]
    if not chosen:
        conditions = [entry.only_if for entry in entries if entry.only_if]
        words = " or ".join(dict.fromkeys(word for _, word in conditions))
        raise UsageError(f"Cannot set the attr='{attribute}' attribute unless {conditions[0][0]} value is {words}.")
    return chosen


def _items(text: str, delimiter: str) -> list[str]:
    return [item.strip() for item in text.split(delimiter) if item.strip()]
