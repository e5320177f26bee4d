"""How the node commands name what a node has: `table.column`, a whole table, or one of three short names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xcatd.api import NotFound, UsageError
from xcatd.store.schema import TABLES, Table

SHORT: Mapping[str, str] = {"groups": "nodelist.groups", "tags": "nodelist.groups", "mgt": "nodehm.mgt"}


@dataclass(frozen=True, slots=True)
class NodeColumn:
    """A column that has values for nodes. `label` is how the caller wrote it."""

    table: Table
    name: str
    label: str


def read_column(word: str) -> NodeColumn:
    """The column that `word` names. Raises NotFound when there is none, UsageError when it is not about nodes."""
    name, _, column = SHORT.get(word, word).partition(".")
    if name not in TABLES or column not in TABLES[name].column_names:
        raise NotFound(f"{word} not a valid table.column description")
    return NodeColumn(node_table(name), column, word)


def read_columns(word: str) -> tuple[NodeColumn, ...]:
    """The columns that `word` names: one, or all of a table. Raises like `read_column`."""
    if word in SHORT or "." in word or word not in TABLES:
        return (read_column(word),)
    table = node_table(word)
    return tuple(NodeColumn(table, column, f"{word}.{column}") for column in table.column_names)


def node_table(name: str) -> Table:
    """A table that is keyed by node names. Raises NotFound or UsageError."""
    if name not in TABLES:
        raise NotFound(f"No such table: {name}")
    table = TABLES[name]
    if table.node_column is None or table.log:
        raise UsageError(f"Table {name} is not about nodes: use gettab, tabch or tabdump")
    return table
