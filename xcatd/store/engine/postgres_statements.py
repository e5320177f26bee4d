"""The statements by which rows are written on PostgreSQL: one for any number of rows, whose columns are sent as arrays.

So a change of ten thousand rows is one round trip, and its triggers run once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from xcatd.store.engine.statements import OLD, Care, Statement, Statements
from xcatd.store.row import Values


class PostgresStatements(Statements):
    """See the module. A key has no NULL there: what is NULL here is stored as the empty text."""

    def insert(self, table: str, care: Care = Care.USUAL, *, numbered: bool = True) -> Statement:
        columns = self._inserted(table, numbered)
        return self._once(("insert", table, numbered), table, lambda: self._insert_from(table, columns))

    def delete(self, table: str, care: Care) -> Statement:
        return self._once(("delete", table), table, lambda: self._delete_from(table))

    def update(self, table: str, care: Care, columns: Sequence[str]) -> Statement:
        return self._once(("update", table, *columns), table, lambda: self._update_from(table, columns), updates=True)

    def _insert_from(self, table: str, columns: Sequence[str]) -> sa.Insert:
        target, rows = self._catalogue.tables[table], _rows(columns)
        return target.insert().from_select(columns, sa.select(*self._cast(table, rows, columns)))

    def _cast(self, table: str, rows: sa.TableValuedAlias, columns: Sequence[str]) -> list[sa.ColumnElement[Any]]:
        types = {column: self._catalogue.tables[table].c[column].type for column in columns}
        return [
            sa.cast(rows.c[column], sa.BigInteger()) if isinstance(types[column], sa.Integer) else rows.c[column]
            for column in columns
        ]

    def _keys(self, table: str) -> list[str]:
        return [OLD + key for key in self._catalogue.schema.tables[table].keys]

    def _delete_from(self, table: str) -> sa.Delete:
        rows = _rows(self._keys(table))
        return self._catalogue.tables[table].delete().where(self._is_one_of(table, rows))

    def _update_from(self, table: str, columns: Sequence[str]) -> sa.Update:
        rows = _rows([*self._keys(table), *columns])
        values = {column: rows.c[column] for column in columns}
        return self._catalogue.tables[table].update().values(values).where(self._is_one_of(table, rows))

    def _is_one_of(self, table: str, rows: sa.TableValuedAlias) -> sa.ColumnElement[bool]:
        columns, keys = self._catalogue.tables[table].c, self._catalogue.schema.tables[table].keys
        return sa.and_(*(columns[key] == rows.c[OLD + key] for key in keys))

    def _parameters(
        self, table: str, names: Sequence[str], shift: int, name: tuple[Any, ...]
    ) -> Callable[[Sequence[Values]], Any]:
        keys = frozenset(self._catalogue.schema.tables[table].keys)
        columns = [(self._place(table, each, shift), each.removeprefix(OLD) in keys) for each in names]
        return lambda rows: tuple(
            [
                [row[place] or "" for row in rows] if is_key else [row[place] for row in rows]
                for place, is_key in columns
            ]
        )


def _rows(columns: Sequence[str]) -> sa.TableValuedAlias:
    """The rows that the parameters hold, an array a column."""
    arrays = (sa.bindparam(column, type_=ARRAY(sa.Text())) for column in columns)
    return (
        sa.func.unnest(*arrays)
        .table_valued(*(sa.column(each, sa.Text()) for each in columns))
        .render_derived(name="given")
    )
