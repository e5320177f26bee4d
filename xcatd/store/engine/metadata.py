"""The declared tables as SQLAlchemy sees them, and the statements made from them.

Every name is quoted: `key`, `groups`, `command`, `begin` and others are reserved words in one dialect or another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from xcatd.store.row import Ident
from xcatd.store.schema import Column, Schema, Table

OWN = sa.MetaData()
"""The tables that this program has for itself."""


TEXT: Final = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
"""Text of any length. MySQL's TEXT ends at 64 KiB."""

REVISIONS = sa.Table(
    "xcatd_revision",
    OWN,
    sa.Column("name", sa.String(128), primary_key=True, quote=True),
    sa.Column("revision", sa.BigInteger, nullable=False, quote=True),
    quote=True,
)
"""How often each table was changed, by whomever: triggers count. Names of other kinds than tables start with "@"."""

WRITERS = sa.Table(
    "xcatd_writer",
    OWN,
    sa.Column("name", sa.String(128), primary_key=True, quote=True),
    sa.Column("serial", sa.BigInteger, nullable=False, quote=True),
    sa.Column("at", sa.String(32), nullable=False, quote=True),
    quote=True,
)
"""The number of the last write of each who may ask for it again, and when that was."""

_MYSQL: Mapping[str, Any] = {"mysql_engine": "InnoDB", "mariadb_engine": "InnoDB"}
"""Tables with transactions, whatever the server's default is."""
_MANY = 500
"""Records that are removed by one statement."""
_DIGITS = 19
"""So many digits may be more than the database can count."""


class Catalogue:
    """The tables of a schema as SQLAlchemy's. `tables`: by name."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        metadata = sa.MetaData()
        self.tables: Mapping[str, sa.Table] = {name: _declare(metadata, table) for name, table in schema.tables.items()}

    @classmethod
    def of(cls, schema: Schema) -> Catalogue:
        """That of a schema, made once: it takes as long as opening a database does."""
        return schema.cached("catalogue", lambda: cls(schema))

    def which_have_rows(self, tables: Iterable[str], preparer: sa.sql.compiler.IdentifierPreparer) -> sa.TextClause:
        """The names of those tables that are not empty: most are, and need no query of their own."""
        return sa.text(
            " UNION ALL ".join(
                f"SELECT '{name}' FROM (SELECT 1 AS one) AS once "  # noqa: S608
                f"WHERE EXISTS (SELECT 1 FROM {preparer.format_table(self.tables[name])})"
                for name in tables
            )
        )

    def select_rows(self, table: str) -> sa.Select[Any]:
        """All rows as text: a foreign program may have stored a number or bytes."""
        return sa.select(*(sa.cast(column, sa.Text) for column in self.tables[table].columns))

    def select_sorted(self, table: str) -> sa.Select[Any]:
        """All rows by their keys, where the database has no order of its own."""
        return self.select_rows(table).order_by(*(self.tables[table].c[key] for key in self.schema.tables[table].keys))

    def select_keyed(self, table: str, idents: Sequence[Ident]) -> sa.Select[Any]:
        """The rows that have these keys."""
        columns = [self.tables[table].c[key] for key in self.schema.tables[table].keys]
        if len(columns) == 1:
            return self.select_rows(table).where(columns[0].in_(idents))
        return self.select_rows(table).where(sa.tuple_(*columns).in_(idents))

    def select_last(self, table: str, last: int | None) -> sa.Select[Any]:
        """Rows of a log, the newest first; only the `last` ones when that is a number."""
        newest_first = [self.tables[table].c[key].desc() for key in self.schema.tables[table].keys]
        return self.select_rows(table).order_by(*newest_first).limit(last)

    def deletions(self, table: str, wheres: Sequence[Mapping[str, str]]) -> Iterator[sa.Delete]:
        """What removes the rows of a log that one of these fits; records that are named by their number go together."""
        numbers = self.tables[table].c[self.schema.tables[table].keys[0]]
        for are_numbers, run in groupby(wheres, key=lambda where: _is_number(numbers, where)):
            if not are_numbers:
                yield from (self._delete_where(table, where) for where in run)
            while are_numbers and (some := [int(where[numbers.name]) for where in islice(run, _MANY)]):
                yield self.tables[table].delete().where(numbers.in_(some))

    def _delete_where(self, table: str, where: Mapping[str, str]) -> sa.Delete:
        """Remove the rows of a log whose columns equal these; "" also means NULL."""
        columns = self.tables[table].c
        tests = [sa.func.coalesce(sa.cast(columns[column], sa.Text), "") == text for column, text in where.items()]
        return self.tables[table].delete().where(*tests)


def _is_number(numbers: sa.Column[Any], where: Mapping[str, str]) -> bool:
    """Whether this names one record by its number and nothing else."""
    text = where.get(numbers.name, "") if len(where) == 1 else ""
    return isinstance(numbers.type, sa.Integer) and text.isascii() and text.isdecimal() and len(text) < _DIGITS


def _type_of(table: Table, column: Column) -> sa.types.TypeEngine[Any]:
    """TEXT unless declared otherwise; TEXT in a key is VARCHAR(128) (schema.md, "Column type")."""
    if column.type == "INTEGER AUTO_INCREMENT":
        return sa.Integer()
    if column.type.startswith("VARCHAR("):
        return sa.String(int(column.type.removeprefix("VARCHAR(").removesuffix(")")))
    return sa.String(128) if column.name in table.keys else TEXT


def _column(table: Table, column: Column) -> sa.Column[Any]:
    """Key columns may be NULL, as in the tables that xCAT 2 makes: its programs write such rows."""
    is_key = column.name in table.keys
    numbered = column.type == "INTEGER AUTO_INCREMENT"
    return sa.Column(
        column.name,
        _type_of(table, column),
        primary_key=is_key,
        nullable=column.name not in table.required and not numbered,
        autoincrement=numbered,
        quote=True,
    )


def _declare(metadata: sa.MetaData, table: Table) -> sa.Table:
    columns = [_column(table, column) for column in table.columns]
    numbered = any(column.type == "INTEGER AUTO_INCREMENT" for column in table.columns)
    return sa.Table(table.name, metadata, *columns, quote=True, sqlite_autoincrement=numbered, **_MYSQL)
