"""The statements by which rows are written, made once and then given to the driver with plain tuples.

SQLAlchemy makes the text, which is right for the dialect; letting it also prepare the parameters of every row would
take longer than SQLite takes to write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from xcatd.store.engine.metadata import Catalogue
from xcatd.store.row import Values

OLD = "old_"
"""Begins the names of the parameters that say which row is meant."""

Parameters = tuple[str | bytes | None, ...]


class Care(Enum):
    """How a row is written."""

    USUAL = auto()
    """It is found by its key."""
    LOOSE = auto()
    """A part of its key is NULL and so not unique: it is found by all of its cells."""
    ODD = auto()
    """It has text that is not UTF-8, which only goes to the database as bytes; found by all of its cells."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the driver takes it, and how its parameters are made of rows: a list for as many executions, or a tuple
    for one."""

    sql: str
    parameters: Callable[[Sequence[Values]], Any]


class Statements:
    """The statements of one dialect and schema."""

    def __init__(self, dialect: sa.Dialect, catalogue: Catalogue) -> None:
        self._dialect = dialect
        self._catalogue = catalogue
        self._made: dict[object, Statement] = {}

    def insert(self, table: str, care: Care = Care.USUAL, *, numbered: bool = True) -> Statement:
        """Insert a row. `numbered` False: a log's row, whose number, the first column, the database makes."""
        columns = self._inserted(table, numbered)
        return self._once(("insert", table, care, numbered), table, lambda: self._insert(table, care, columns))

    def delete(self, table: str, care: Care) -> Statement:
        """Delete a row. The parameters come from the row as it is."""
        target = self._catalogue.tables[table]
        return self._once(("delete", table, care), table, lambda: target.delete().where(self._is_meant(table, care)))

    def update(self, table: str, care: Care, columns: Sequence[str]) -> Statement:
        """Set these columns. The parameters come from the old row and the new one, in one tuple."""
        return self._once(
            ("update", table, care, *columns), table, lambda: self._update(table, care, columns), updates=True
        )

    def _insert(self, table: str, care: Care, columns: Sequence[str]) -> sa.Insert:
        return self._catalogue.tables[table].insert().values({column: _given(column, care) for column in columns})

    def _update(self, table: str, care: Care, columns: Sequence[str]) -> sa.Update:
        values = {column: _given(column, care) for column in columns}
        return self._catalogue.tables[table].update().where(self._is_meant(table, care)).values(values)

    def _is_meant(self, table: str, care: Care) -> sa.ColumnElement[bool]:
        columns = self._catalogue.tables[table].c
        if care is Care.USUAL:
            return sa.and_(
                *(columns[key] == _given(OLD + key, care) for key in self._catalogue.schema.tables[table].keys)
            )
        return sa.and_(*(column.is_not_distinct_from(_given(OLD + column.name, care)) for column in columns))

    def _inserted(self, table: str, numbered: bool) -> list[str]:
        columns = self._catalogue.schema.tables[table].columns
        return [column.name for column in columns if numbered or column.type != "INTEGER AUTO_INCREMENT"]

    def _once(
        self, name: tuple[Any, ...], table: str, make: Callable[[], sa.UpdateBase], *, updates: bool = False
    ) -> Statement:
        if name not in self._made:
            compiled = make().compile(dialect=self._dialect)
            shift = len(self._catalogue.schema.layouts[table].columns) * updates
            self._made[name] = Statement(
                str(compiled), self._parameters(table, compiled.positiontup or (), shift, name)
            )
        return self._made[name]

    def _parameters(
        self, table: str, names: Sequence[str], shift: int, name: tuple[Any, ...]
    ) -> Callable[[Sequence[Values]], Any]:
        """How the parameters of these names, in the order in which the statement has them, are made of rows. New cells of
        an update stand `shift` places on."""
        pick = picker([self._place(table, each, shift) for each in names])
        return each(_as_bytes(pick) if Care.ODD in name else pick)

    def _place(self, table: str, name: str, shift: int) -> int:
        place = self._catalogue.schema.layouts[table].position[name.removeprefix(OLD)]
        return place if name.startswith(OLD) else place + shift


def each(pick: Callable[[Values], Parameters]) -> Callable[[Sequence[Values]], list[Parameters]]:
    """Parameters for an execution each."""
    return lambda rows: list(map(pick, rows))


def picker(places: Sequence[int]) -> Callable[[Values], Parameters]:
    """Picks the cells at these places."""
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)


def _given(name: str, care: Care) -> sa.ColumnElement[Any]:
    parameter: sa.BindParameter[Any] = sa.bindparam(name)
    return sa.cast(parameter, sa.Text) if care is Care.ODD else parameter


def _as_bytes(pick: Callable[[Values], Parameters]) -> Callable[[Values], Parameters]:
    def picked(row: Values) -> Parameters:
        cells = pick(row)
        return tuple([cell.encode(errors="surrogateescape") if isinstance(cell, str) else cell for cell in cells])

    return picked
