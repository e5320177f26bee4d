"""The statements by which rows are written, made once and then given to the driver with plain tuples.

SQLAlchemy makes the text, which is right for the dialect; letting it also prepare the parameters of every row would
take longer than SQLite takes to write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from xcatd.store.engine.metadata import SQL_TABLES
from xcatd.store.row import LAYOUTS, Layout, Values
from xcatd.store.schema import TABLES

_OLD = "old_"
"""Begins the names of the parameters that say which row is meant."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the driver takes it, and how its parameters are picked from a row."""

    sql: str
    pick: Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Target:
    """How a row is found: by its key, or, when a part of the key is NULL and so not unique, by all of its cells."""

    table: str
    whole: bool

    def condition(self) -> sa.ColumnElement[bool]:
        columns = SQL_TABLES[self.table].c
        if self.whole:
            return sa.and_(*(column.is_not_distinct_from(sa.bindparam(_OLD + column.name)) for column in columns))
        return sa.and_(*(columns[key] == sa.bindparam(_OLD + key) for key in TABLES[self.table].keys))


class Statements:
    """The statements of one dialect."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect
        self._made: dict[object, Statement] = {}

    def insert(self, table: str, *, numbered: bool = True) -> Statement:
        """Insert a row. `numbered` False: a log's row, whose number, the first column, the database makes."""
        columns = [
            column.name for column in TABLES[table].columns if numbered or column.type != "INTEGER AUTO_INCREMENT"
        ]
        return self._once(("insert", table, numbered), table, SQL_TABLES[table].insert, columns)

    def delete(self, target: Target) -> Statement:
        """Delete a row. The parameters come from the row as it is."""
        table = SQL_TABLES[target.table]
        return self._once(("delete", target), target.table, lambda: table.delete().where(target.condition()), None)

    def update(self, target: Target) -> Statement:
        """Set every cell that is not part of the key. The parameters come from the old row and the new one, in one tuple."""
        table, declared = SQL_TABLES[target.table], TABLES[target.table]
        columns = [column for column in declared.column_names if column not in declared.keys]
        return self._once(("update", target), target.table, lambda: table.update().where(target.condition()), columns)

    def _once(
        self, name: tuple[Any, ...], table: str, make: Callable[[], sa.UpdateBase], columns: Sequence[str] | None
    ) -> Statement:
        if name not in self._made:
            statement = make()
            compiled = statement.compile(dialect=self._dialect, column_keys=columns)
            shift = len(LAYOUTS[table].columns) if isinstance(statement, sa.Update) else 0
            self._made[name] = Statement(str(compiled), _picker(LAYOUTS[table], compiled.positiontup or (), shift))
        return self._made[name]


def _picker(layout: Layout, parameters: Sequence[str], shift: int) -> Callable[[Values], Values]:
    """Picks the parameters, in the order in which the statement has them. New cells stand `shift` places on."""
    places = [layout.position[name.removeprefix(_OLD)] + (0 if name.startswith(_OLD) else shift) for name in parameters]
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)
