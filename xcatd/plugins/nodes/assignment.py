"""`table.column=value` and its operators, as `nodeadd`, `nodech` and `nodegrpch` take them (protocol.md section 7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.objects import World
from xcatd.plugins.nodes.columns import NodeColumn, read_column
from xcatd.store import Put, Snapshot
from xcatd.store.schema import Table

FORCED_EMPTY = "|^.*$||"
"""A rule that gives no value to any node, so that no group below shows through: what an empty value is stored as."""

_ASSIGNMENT = re.compile(r"([\w.]+)(=@|,=|\^=|=)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`sign` is `=` (set), `,=` (put missing items in front) or `^=` (take items out)."""

    column: NodeColumn
    sign: str
    value: str

    @property
    def cell(self) -> tuple[str, str]:
        return self.column.table.name, self.column.name

    def applied_to(self, current: str) -> str:
        """The text that a cell with the text `current` gets."""
        if self.sign == "=":
            return self.value
        before, given = _items(current), _items(self.value)
        if self.sign == ",=":
            return ",".join([item for item in dict.fromkeys(given) if item not in before] + before)
        return ",".join(item for item in before if item not in given)


def read_assignment(word: str) -> Assignment:
    """Raises UsageError for a word that assigns nothing or must not, NotFound for an unknown column."""
    found = _ASSIGNMENT.fullmatch(word)
    if found is None:
        raise UsageError(f"Malformed argument {word}: write it as table.column=value; nothing was changed")
    name, sign, value = found.groups()
    column = read_column(name)
    if column.name == column.table.node_column:
        raise UsageError(f"{name} is the name of the node itself: it cannot be assigned")
    return Assignment(column, "=" if sign == "=@" else sign, value)


def puts(snapshot: Snapshot, world: World, nodes: Sequence[str], assignments: Sequence[Assignment]) -> Iterator[Put]:
    """The changes: one for each node and table. Lists start from what the node has, inherited values included."""
    for table in dict.fromkeys(assignment.column.table for assignment in assignments):
        in_table = [assignment for assignment in assignments if assignment.column.table == table]
        for node in nodes:
            values: dict[str, str] = {}
            for one in in_table:
                name = one.column.name
                current = values[name] if name in values else world.value(node, table.name, name)
                values[name] = one.applied_to(current)
            stored = {name: _stored(table, name, text) for name, text in values.items()}
            _check_row(snapshot, table, node, stored)
            yield Put(table.name, {str(table.node_column): node}, stored)


def _items(text: str) -> list[str]:
    return [item for item in text.split(",") if item]


def _stored(table: Table, column: str, text: str) -> str | None:
    """What goes into the cell: NULL clears it; an empty text hides what groups say, where groups say anything."""
    if text == "NULL":
        return None
    if text:
        return text
    if column in (*table.keys, *table.required):
        raise UsageError(f"{table.name}.{column} must not be empty: give it a value, or delete the row")
    return None if table.name == "nodelist" or column == "disable" else FORCED_EMPTY


def _check_row(snapshot: Snapshot, table: Table, name: str, values: Mapping[str, str | None]) -> None:
    """Raise UsageError when it is not clear which row of a node or group is meant, or a new one would lack its key."""
    if table.keys == (table.node_column,) and not table.required:
        return
    rows = snapshot.table(table.name).find(name)
    if len(rows) > 1:
        key = ",".join(f"{column}=..." for column in table.keys)
        raise UsageError(
            f"{name} has {len(rows)} rows in table {table.name}: change one with tabch {key} {table.name}.column=value"
        )
    for column in table.required:
        if not rows and column != table.node_column and not values.get(column):
            raise UsageError(f"A new row of table {table.name} needs a value for {table.name}.{column}")
