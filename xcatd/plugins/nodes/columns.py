"""How the node commands name what a node has: `table.column`, a whole table, or one of three short names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xcatd.api import NotFound, UsageError
from xcatd.store.schema import Table

SHORT: Mapping[str, str] = {"groups": "nodelist.groups", "tags": "nodelist.groups", "mgt": "nodehm.mgt"}

Tables = Mapping[str, Table]
"""The tables of the cluster by name: `ctx.snapshot.schema.tables`."""


@dataclass(frozen=True, slots=True)
class NodeColumn:
    """A column that has values for nodes. `label` is how the caller wrote it."""

    table: Table
    name: str
    label: str

    @property
    def cell(self) -> tuple[str, str]:
        return self.table.name, self.name

    @property
    def is_single(self) -> bool:
        """Whether a node or group has one row in the table, and so one value at most."""
        return self.table.keys == (self.table.node_column,)


def read_column(tables: Tables, word: str) -> NodeColumn:
    """The column that `word` names. Raises NotFound when there is none, UsageError when it is not about nodes."""
    name, _, column = SHORT.get(word, word).partition(".")
    if name not in tables or column not in tables[name].column_names:
        raise NotFound(f"{word} not a valid table.column description")
    return NodeColumn(node_table(tables, name), column, word)


def read_columns(tables: Tables, word: str) -> tuple[NodeColumn, ...]:
    """The columns that `word` names: one, or all of a table. Raises like `read_column`."""
    if word in SHORT or "." in word or word not in tables:
        return (read_column(tables, word),)
    table = node_table(tables, word)
    return tuple(NodeColumn(table, column, f"{word}.{column}") for column in table.column_names)


def node_table(tables: Tables, name: str) -> Table:
    """A table that is keyed by node names. Raises NotFound or UsageError."""
    if name not in tables:
        raise NotFound(f"No such table: {name}")
    table = tables[name]
    if table.log:
        raise UsageError(f"Table {name} is a log: use tabdump -w to look into it, and tabprune to shorten it")
    if table.node_column is None:
        raise UsageError(f"Table {name} is not about nodes: use gettab, tabch or tabdump")
    return table
