"""`table.column=value` and its operators, as `nodeadd`, `nodech` and `nodegrpch` take them (protocol.md section 7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.objects import World
from xcatd.objects.regex import is_rule, problem_of
from xcatd.plugins.nodes.columns import NodeColumn, Tables, read_column
from xcatd.plugins.nodes.values import pieces
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

    def applied_to(self, current: str) -> str:
        """The text that a cell with the text `current` gets; the same text when there is nothing to do."""
        if self.sign == "=":
            return self.value
        before, given = _items(current), _items(self.value)
        if self.sign == ",=":
            missing = [item for item in dict.fromkeys(given) if item not in before]
            return ",".join(missing + before) if missing else current
        left = [item for item in before if item not in given]
        return ",".join(left) if len(left) < len(before) else current


def read_assignment(tables: Tables, word: str) -> Assignment:
    """Raises UsageError for a word that assigns nothing or must not, NotFound for an unknown column."""
    found = _ASSIGNMENT.fullmatch(word)
    if found is None:
        raise UsageError(f"Malformed argument {word}: write it as table.column=value; nothing was changed")
    name, sign, value = found.groups()
    column = read_column(tables, name)
    if column.name == column.table.node_column:
        raise UsageError(f"{name} is the name of the node itself: it cannot be assigned")
    if is_rule(value) and (problem := problem_of(value)) is not None:
        raise UsageError(f"The value of {name} is a rule that cannot be read: {problem}")
    return Assignment(column, "=" if sign == "=@" else sign, value)


def tables_of(assignments: Sequence[Assignment]) -> int:
    """In how many tables they change something."""
    return len({assignment.column.table.name for assignment in assignments})


def puts(snapshot: Snapshot, world: World, nodes: Sequence[str], assignments: Sequence[Assignment]) -> Iterator[Put]:
    """The changes: one for each node and table. Lists start from what the node has, inherited values included."""
    for table in dict.fromkeys(assignment.column.table for assignment in assignments):
        in_table = [assignment for assignment in assignments if assignment.column.table == table]
        alone = table.keys == (table.node_column,) and not table.required
        for some in pieces(nodes):
            for node, values in zip(some, _values(world, some, table, in_table), strict=True):
                if not alone:
                    _check_row(snapshot, table, node, values)
                if values:
                    yield Put(table.name, {str(table.node_column): node}, values)


def _values(
    world: World, nodes: Sequence[str], table: Table, assignments: Sequence[Assignment]
) -> Iterator[Mapping[str, str | None]]:
    """For each node what its cells in the table get. Where that depends on nothing, it is one object for all."""
    if all(assignment.sign == "=" for assignment in assignments):
        same = {one.column.name: _stored(table, one.column.name, one.value) for one in assignments}
        yield from [same] * len(nodes)
        return
    names = list(dict.fromkeys(assignment.column.name for assignment in assignments))
    columns = [world.column(nodes, table.name, name) for name in names]
    for current in zip(*columns, strict=True):
        yield _worked_out(table, dict(zip(names, current, strict=True)), assignments)


def _worked_out(
    table: Table, current: Mapping[str, str], assignments: Sequence[Assignment]
) -> Mapping[str, str | None]:
    """The cells that change, when a node's values in this table are these."""
    values = dict(current)
    changed = set()
    for one in assignments:
        name = one.column.name
        before, values[name] = values[name], one.applied_to(values[name])
        if one.sign == "=" or values[name] != before:
            changed.add(name)
    return {name: _stored(table, name, text) for name, text in values.items() if name in changed}


def _items(text: str) -> list[str]:
    return [item for item in text.split(",") if item]


def _stored(table: Table, column: str, text: str) -> str | None:
    """What goes into the cell: NULL clears it; an empty text hides what groups say, where groups say anything."""
    if text not in ("", "NULL"):
        return text
    if column in (*table.keys, *table.required):
        raise UsageError(f"{table.name}.{column} must not be empty: give it a value, or delete the row")
    return None if text == "NULL" or table.name == "nodelist" or column == "disable" else FORCED_EMPTY


def _check_row(snapshot: Snapshot, table: Table, name: str, values: Mapping[str, str | None]) -> None:
    """Raise UsageError when it is not clear which row of a node or group is meant, or a new one would lack its key."""
    rows = snapshot.table(table.name).find(name)
    if len(rows) > 1:
        key = ",".join(f"{column}=..." for column in table.keys)
        raise UsageError(
            f"{name} has {len(rows)} rows in table {table.name}: change one with tabch {key} {table.name}.column=value"
        )
    for column in table.required:
        if not rows and column != table.node_column and not values.get(column):
            raise UsageError(f"A new row of table {table.name} needs a value for {table.name}.{column}")
