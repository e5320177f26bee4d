"""Assignments to attributes, as chdef and mkdef take them, turned into changes of tables (definitions.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from xcatd.errors import UsageError
from xcatd.objects.attributes import Attribute, ObjectType
from xcatd.objects.entries import applies
from xcatd.objects.nics import split_name, with_value
from xcatd.objects.nodes import check_attribute, has_object, object_type, read_attributes, rows_of
from xcatd.objects.world import World
from xcatd.store import Delete, Put

Mode = Literal["set", "append", "remove"]
Complain = Callable[[UsageError], None]


def changes_for(
    world: World,
    kind: str,
    name: str,
    assignments: Mapping[str, str],
    mode: Mode = "set",
    complain: Complain | None = None,
) -> list[Put | Delete]:
    """The changes that give an object these attributes; an empty value clears the cell. An unknown node is created.

    What can be left out - an attribute that does not exist, an item to remove that is not there - goes to `complain`
    and the rest is done; without `complain` it is raised. Raises UsageError when the object must be left as it is.
    """
    draft = _Draft(world, object_type(kind), name, mode, complain or _raise)
    if kind == "node" and not has_object(world, kind, name):
        _check_new_node(world, name, assignments)
    for attribute, text in assignments.items():
        draft.assign(attribute, text)
    return draft.changes()


def _raise(error: UsageError) -> None:
    raise error


def _check_new_node(world: World, name: str, assignments: Mapping[str, str]) -> None:
    if not assignments.get("groups"):
        raise UsageError(f"Attribute 'groups' is not specified for node '{name}', skipping to the next node.")
    if world.members(name) is not None:
        raise UsageError(f"'{name}' is the name of a group: choose another name for the node.")


@dataclass(frozen=True, slots=True)
class _Draft:
    """The attributes that an object is about to get, in `values`."""

    world: World
    kind: ObjectType
    name: str
    mode: Mode
    complain: Complain
    values: dict[str, str] = field(default_factory=dict)

    def assign(self, attribute: str, text: str) -> None:
        """Take note of one assignment. `nicips.eth0` changes a part of nicips."""
        try:
            check_attribute(self.kind.name, attribute)
        except UsageError as unknown:
            self.complain(unknown)
            return
        whole, nic = split_name(attribute)
        if whole == self.kind.key:
            raise UsageError(f"'{whole}' is the name of the object itself: use chdef -n to change it.")
        if nic and self.mode != "set":
            raise UsageError(
                f"Cannot append to or remove from '{attribute}': set the value of one NIC without -p and -m."
            )
        if nic:
            self.values[whole] = with_value(self._current(whole), nic, text)
        elif self.mode == "set":
            self.values[whole] = text
        else:
            self._edit(whole, text)

    def _edit(self, attribute: str, text: str) -> None:
        """Append or remove items. An inherited list becomes the object's own in this way."""
        delimiter = "::" if attribute == "wherevals" else ","
        before = _items(self._current(attribute), delimiter)
        given = _items(text, delimiter)
        if self.mode == "append":
            after = list(dict.fromkeys((*before, *given)))
        else:
            for item in [item for item in given if item not in before]:
                self.complain(
                    UsageError(f"{item} is not in the attribute of '{attribute}' for the '{self.name}' definition.")
                )
            after = [item for item in before if item not in given]
        if after != before:
            self.values[attribute] = delimiter.join(after)

    def changes(self) -> list[Put | Delete]:
        """One change for each row. A cell of a row that is not there needs no clearing."""
        cells: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, str | None]] = {}
        for attribute, text in self.values.items():
            for entry in self._entries(attribute):
                rows = len(rows_of(self.world, entry, self.name))
                if rows > 1:
                    raise UsageError(
                        f"'{self.name}' has {rows} rows in table {entry.table}: change '{attribute}' with chtab."
                    )
                if text or rows:
                    row = (entry.table, ((entry.key, self.name), *entry.fixed))
                    cells.setdefault(row, {})[entry.column] = text or None
        return [Put(table, dict(key), values) for (table, key), values in cells.items()]

    def _entries(self, attribute: str) -> list[Attribute]:
        """The cells in which an attribute is stored, given what decides on it. All of them: each is read by somebody."""
        entries = [entry for entry in self.kind.attributes if entry.name == attribute]
        conditions = [entry.only_if for entry in entries if entry.only_if]
        deciding = {name: self._deciding(name) for name, _ in conditions}
        chosen = [entry for entry in entries if applies(entry, deciding)]
        if not chosen:
            words = " or ".join(dict.fromkeys(word for _, word in conditions))
            raise UsageError(f"Cannot set the attr='{attribute}' attribute unless {conditions[0][0]} value is {words}.")
        return chosen

    def _deciding(self, attribute: str) -> str:
        """What the attribute will be: the new value, else the object's, else what its groups give."""
        if attribute not in self.values:
            return self._current(attribute)
        if self.values[attribute] or self.kind.name != "node":
            return self.values[attribute]
        entry = next(entry for entry in self.kind.attributes if entry.name == attribute)
        return self.world.inherited(self.name, entry.table, entry.column)

    def _current(self, attribute: str) -> str:
        if attribute in self.values:
            return self.values[attribute]
        return read_attributes(self.world, self.kind, self.name, {attribute}).get(attribute, "")


def _items(text: str, delimiter: str) -> list[str]:
    return [item.strip() for item in text.split(delimiter) if item.strip()]
