"""SQLite: the embedded default, a file on the management node."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from xcatd.errors import StoreError
from xcatd.store.engine.dialect import ALTERS, WRITES, Dialect
from xcatd.store.engine.journal import noting
from xcatd.store.engine.metadata import REVISIONS, Catalogue
from xcatd.store.engine.sqlitefile import explain, prepare_file
from xcatd.store.engine.statements import Statements

_EVENTS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
"""What a trigger can be about, and which rows it knows."""
_QUIET: Final = "@quiet"
"""The row among the revisions that silences the triggers. Only a transaction that is under way has it."""


class Sqlite(Dialect):
    """A file. Its writers lock it as a whole, and its triggers run once for each row."""

    null_keys = True
    keeps_order = True

    async def prepare(self, patience: float, tables: Sequence[str]) -> None:
        """Make the file where there is none, and see that it is sound."""
        await asyncio.to_thread(prepare_file, self.location.path, patience, tables)

    def make_engine(self, patience: float) -> sa.Engine:
        """Two connections usually: readers hold up nobody."""
        engine = sa.create_engine(
            sa.URL.create("sqlite+aiosqlite", database=str(self.location.path)),
            connect_args={"timeout": patience, "isolation_level": None},
            pool_size=2,
            max_overflow=2,
            pool_use_lifo=True,
            pool_timeout=patience,
        )
        _listen(engine)
        return engine

    def statements(self, catalogue: Catalogue, dialect: sa.Dialect) -> Statements:
        return Statements(dialect, catalogue)

    def explain(self, error: BaseException | None) -> StoreError:
        return explain(self.location.path, error)

    def lacks_table(self, error: BaseException | None) -> bool:
        """SQLite counts its alterations, so that this is known before."""
        return False

    def pulse(self, connection: sa.Connection) -> object:
        """Which connection it is, and SQLite's count of what others have written, which only that connection can compare."""
        mark = connection.info.setdefault("xcatd_mark", object())
        return mark, connection.exec_driver_sql("PRAGMA data_version").scalar_one()

    def schema_version(self, connection: sa.Connection) -> int:
        version: int = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        return version

    def columns(self, connection: sa.Connection) -> Mapping[str, set[str]]:
        """A row a table: a row a column would take a tenth of the time of opening."""
        query = (
            "SELECT t.name, group_concat(c.name, char(10)) FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table' GROUP BY t.name"
        )
        return {table: set(columns.split("\n")) for table, columns in connection.exec_driver_sql(query)}

    def triggers(self, connection: sa.Connection) -> set[str]:
        return {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")}

    def counting(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Plain SQL of every build of SQLite: foreign programs bring their own."""
        for event, rows in _EVENTS.items():
            name = f"xcatd_{table}_{event}"
            yield (
                name,
                (
                    f'CREATE TRIGGER "{name}" AFTER {event.upper()} ON "{table}" '  # noqa: S608 - names of the schema
                    f"WHEN NOT EXISTS (SELECT 1 FROM {REVISIONS.name} WHERE name = '{_QUIET}') BEGIN "
                    f"{noting(table, _noted(rows, keys))} END"
                ),
            )

    def uncounting(self, table: str, trigger: str) -> str:
        return f'DROP TRIGGER "{trigger}"'

    @contextmanager
    def unnoticed(self, connection: sa.Connection) -> Iterator[None]:
        connection.execute(REVISIONS.insert().values(name=_QUIET, revision=0))
        yield
        connection.execute(REVISIONS.delete().where(REVISIONS.c.name == _QUIET))

    @contextmanager
    def any_text(self, connection: sa.Connection) -> Iterator[None]:
        driver: Any = connection.connection.driver_connection
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        try:
            yield
        finally:
            driver.text_factory = str

    def is_odd_text(self, error: BaseException | None) -> bool:
        """The driver, not SQLite, gave up."""
        return isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode")


def _noted(rows: Sequence[str], keys: Sequence[str]) -> str:
    """The key of a row; when it may have changed, the key before and the key after. Nothing, which means any row, for a key
    that is no text and so would not be found by one."""
    texts = [
        " || '.' || ".join(f'CASE typeof({row}."{key}") WHEN \'text\' THEN hex({row}."{key}") END' for key in keys)
        for row in rows
    ]
    if len(texts) == 1:
        return texts[0]
    old, new = texts
    return f"CASE WHEN {old} = {new} THEN {old} ELSE {old} || ',' || {new} END"


def _listen(engine: sa.Engine) -> None:
    """Give every new connection its settings, and every transaction the start that it asks for.

    A writing transaction takes the write lock at once: one that began by reading could not get it later without failing
    when somebody else had written meanwhile. synchronous=FULL: what is acknowledged survives a power cut.

    A connection whose caller was cancelled is given up. It is rolled back first: SQLite keeps a closed connection, with its
    locks, for as long as a half-read query of it is still referred to, which a traceback may do for long.
    """

    def connected(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    def began(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) or options.get(ALTERS) else "BEGIN")

    def given_up(connection: sa.engine.interfaces.DBAPIConnection, record: object, error: object) -> None:
        with suppress(sqlite3.Error, ValueError):  # the driver's ValueError: it is closed already
            connection.rollback()

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    sa.event.listen(engine, "invalidate", given_up)
