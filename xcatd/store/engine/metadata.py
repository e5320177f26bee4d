"""The declared tables as SQLAlchemy sees them, and the statements made from them.

Every name is quoted: `key`, `groups`, `command`, `begin` and others are reserved words in one dialect or another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xcatd.store.schema import TABLES, Column, Table

METADATA = sa.MetaData()

REVISIONS = sa.Table(
    "xcatd_revision",
    METADATA,
    sa.Column("name", sa.String(128), primary_key=True, quote=True),
    sa.Column("revision", sa.BigInteger, nullable=False, quote=True),
    quote=True,
)
"""How often each table was changed, by whomever: triggers count. Names of other kinds than tables start with "@"."""


def _type_of(table: Table, column: Column) -> sa.types.TypeEngine[Any]:
    """TEXT unless declared otherwise; TEXT in a key is VARCHAR(128) (schema.md, "Column type")."""
    if column.type == "INTEGER AUTO_INCREMENT":
        return sa.Integer()
    if column.type.startswith("VARCHAR("):
        return sa.String(int(column.type.removeprefix("VARCHAR(").removesuffix(")")))
    return sa.String(128) if column.name in table.keys else sa.Text()


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


def _declare(table: Table) -> sa.Table:
    columns = [_column(table, column) for column in table.columns]
    numbered = any(column.type == "INTEGER AUTO_INCREMENT" for column in table.columns)
    return sa.Table(table.name, METADATA, *columns, quote=True, sqlite_autoincrement=numbered)


SQL_TABLES: Mapping[str, sa.Table] = {name: _declare(table) for name, table in TABLES.items()}
"""The SQLAlchemy table of each declared one."""


def which_have_rows(tables: Iterable[str], preparer: sa.sql.compiler.IdentifierPreparer) -> sa.TextClause:
    """The names of those tables that are not empty: most are, and need no query of their own."""
    return sa.text(
        " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {preparer.format_table(SQL_TABLES[name])})"  # noqa: S608
            for name in tables
        )
    )


def select_rows(table: str) -> sa.Select[Any]:
    """All rows as text: a foreign program may have stored a number or bytes."""
    return sa.select(*(sa.cast(column, sa.Text) for column in SQL_TABLES[table].columns))


def select_last(table: str, last: int | None) -> sa.Select[Any]:
    """Rows of a log, the newest first; only the `last` ones when that is a number."""
    newest_first = [SQL_TABLES[table].c[key].desc() for key in TABLES[table].keys]
    return select_rows(table).order_by(*newest_first).limit(last)


def delete_where(table: str, where: Mapping[str, str]) -> sa.Delete:
    """Remove the rows of a log whose columns equal these; "" also means NULL."""
    columns = SQL_TABLES[table].c
    tests = [sa.func.coalesce(sa.cast(columns[column], sa.Text), "") == text for column, text in where.items()]
    return SQL_TABLES[table].delete().where(*tests)


def revisions(rows: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The counts of the tables by name; the rows whose names start with "@" are something else."""
    return {name: revision for name, revision in rows if not name.startswith("@")}
