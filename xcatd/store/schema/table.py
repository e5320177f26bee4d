"""What a table is: the declarations of this package are made of these two types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a column takes: `pattern` is a regular expression that a whole value must match, `meaning` says it in words."""

    meaning: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `description` is what `tabdump -d` shows.

    `type` is the SQL type that xCAT 2 declares; a TEXT column that belongs to the key becomes VARCHAR(128) in the database.
    Only "INTEGER AUTO_INCREMENT" holds numbers, everything else is text that nobody has checked.
    """

    name: str
    description: str
    type: str = "TEXT"
    accepts: Accepts | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of xCAT 2 (schema.md). The order of `columns` is the order in which it is printed.

    `keys` are the columns of the primary key, `required` those that must not be empty. `node_column` is the column that
    holds names of nodes and groups, if there is one. `log`: rows are appended by programs and never changed.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    required: tuple[str, ...] = ()
    node_column: str | None = None
    log: bool = False

    @property
    def lookup(self) -> str:
        """The column by which rows are found: the node column, else the first of the key."""
        return self.node_column or self.keys[0]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


COMMENTS = Column("comments", "free text")
DISABLE = Column("disable", "the row is ignored when this is anything but NULL, 0, no, NO, No or nO")


def table(
    name: str,
    description: str,
    *columns: Column,
    keys: tuple[str, ...],
    required: tuple[str, ...] = (),
    node_column: str | None = None,
    log: bool = False,
    comments: bool = True,
) -> Table:
    """Declare a table: the standard columns come last, and a column called `node` is the node column."""
    standard = (COMMENTS, DISABLE) if comments else (DISABLE,)
    if node_column is None and any(column.name == "node" for column in columns):
        node_column = "node"
    return Table(name, description, (*columns, *standard), keys, required, node_column, log)
