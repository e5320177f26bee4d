"""The statements by which rows are written on MariaDB and MySQL: as few as its triggers, which run for each row, allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import insert

from xcatd.store.engine.statements import OLD, Care, Statement, Statements, each, picker
from xcatd.store.row import Values


class MysqlStatements(Statements):
    """A key has no NULL there: what is NULL here is stored as the empty text.

    The driver puts the rows of an insert into one statement. An update of rows that exist, as the transaction has seen to,
    is an insert that meets its key.
    """

    def insert(self, table: str, care: Care = Care.USUAL, *, numbered: bool = True) -> Statement:
        return super().insert(table, Care.USUAL, numbered=numbered)

    def delete(self, table: str, care: Care) -> Statement:
        keys = [self._quoted(key) for key in self._catalogue.schema.tables[table].keys]
        sql = f"DELETE FROM {self._quoted(table)} WHERE ({', '.join(keys)}) IN %s"  # noqa: S608 - names of the schema
        layout = self._catalogue.schema.layouts[table]
        pick = _without_null(picker(layout.keys), range(len(layout.keys)))
        if len(keys) == 1:
            return Statement(sql, lambda rows: (tuple([key for (key,) in map(pick, rows)]),))
        return Statement(sql, lambda rows: (tuple(map(pick, rows)),))

    def update(self, table: str, care: Care, columns: Sequence[str]) -> Statement:
        return self._once(("update", table, *columns), table, lambda: self._upsert(table, columns), updates=True)

    def _upsert(self, table: str, columns: Sequence[str]) -> sa.Insert:
        target = self._catalogue.tables[table]
        made = insert(target).values({column.name: sa.bindparam(column.name) for column in target.columns})
        return made.on_duplicate_key_update({column: made.inserted[column] for column in columns})

    def _quoted(self, name: str) -> str:
        return self._dialect.identifier_preparer.quote_identifier(name)

    def _parameters(
        self, table: str, names: Sequence[str], shift: int, name: tuple[Any, ...]
    ) -> Callable[[Sequence[Values]], Any]:
        keys = frozenset(self._catalogue.schema.tables[table].keys)
        pick = picker([self._place(table, one, shift) for one in names])
        return each(_without_null(pick, [at for at, one in enumerate(names) if one.removeprefix(OLD) in keys]))


def _without_null(pick: Callable[[Values], Any], places: Sequence[int]) -> Callable[[Values], Any]:
    def picked(row: Values) -> Any:
        cells = pick(row)
        if None not in cells:
            return cells
        return tuple(["" if cell is None and at in places else cell for at, cell in enumerate(cells)])

    return picked
