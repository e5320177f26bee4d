"""Looking at a database on a server without changing it: in one transaction that may only read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import greenlet_spawn

from xcatd.store.catchup import MOVED
from xcatd.store.engine.dialect import Dialect
from xcatd.store.engine.kinds import dialect_of
from xcatd.store.engine.metadata import REVISIONS, Catalogue
from xcatd.store.engine.server import DIAL
from xcatd.store.engine.versions import NEWEST, VERSION
from xcatd.store.location import Engine, Location
from xcatd.store.looking import Looked, Marks, uncounted
from xcatd.store.row import Values
from xcatd.store.schema import Schema, Table
from xcatd.store.snapshot import Snapshot, TableData

T = TypeVar("T")

_MOST: Final = 300.0
"""Seconds for all tables to come: not every driver notices that a server has stopped answering."""

_RELEASE: Final = {Engine.POSTGRES: "SHOW server_version", Engine.MYSQL: "SELECT VERSION()"}
_CIPHER: Final = {
    Engine.POSTGRES: "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    Engine.MYSQL: "SHOW SESSION STATUS LIKE 'Ssl_version'",
}
"""How a server tells the version of TLS of this connection; without TLS the answer is empty."""


async def look(location: Location, schema: Schema, patience: float, tables: Collection[str] | None) -> Looked:
    """See `look_at`."""
    return await _reading(location, patience, lambda dialect, connection: _looked(dialect, connection, schema, tables))


async def records(location: Location, table: Table, last: int, schema: Schema, patience: float) -> list[Values]:
    """See `last_records`."""
    return await _reading(
        location, patience, lambda dialect, connection: _records(dialect, connection, table, last, Catalogue.of(schema))
    )


async def _reading(location: Location, patience: float, work: Callable[[Dialect, sa.Connection], T]) -> T:
    """Do work in a transaction in which the server refuses every change. Raises StoreError, and ConfigError."""
    dialect = dialect_of(location)
    engine = dialect.make_engine(patience)
    driver: Any = engine.dialect.loaded_dbapi
    try:
        async with asyncio.timeout(2 * DIAL):
            connection = await greenlet_spawn(engine.connect)
        async with asyncio.timeout(_MOST):
            return await greenlet_spawn(_transact, connection, lambda: work(dialect, connection))
    except sa.exc.DBAPIError as error:
        raise dialect.explain(error.orig) from error
    except (*dialect.raw_errors, driver.Error) as error:
        raise dialect.explain(error) from error
    finally:
        await greenlet_spawn(engine.dispose)


def _transact(connection: sa.Connection, work: Callable[[], T]) -> T:
    with connection, connection.begin():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        return work()


def _looked(dialect: Dialect, connection: sa.Connection, schema: Schema, tables: Collection[str] | None) -> Looked:
    columns, marks = dialect.columns(connection), _marks(dialect, connection)
    wanted = [name for name, table in schema.tables.items() if not table.log and (tables is None or name in tables)]
    return Looked(
        Snapshot.from_tables(_rows(connection, columns, wanted, Catalogue.of(schema)), schema=schema),
        tuple(_missing(schema, columns)),
        uncounted(schema, columns, marks),
        version=_version(marks.counts),
        newest=NEWEST,
        moved=MOVED in marks.counts,
        program=_program(dialect.location.engine, connection),
        tls=_answer(connection, _CIPHER[dialect.location.engine]),
    )


def _marks(dialect: Dialect, connection: sa.Connection) -> Marks:
    counts: dict[str, int] = {}
    if REVISIONS.name in dialect.columns(connection):
        query = sa.select(REVISIONS.c.name, REVISIONS.c.revision)
        counts = dict(connection.execute(query).tuples().all())
    return Marks(
        counts,
        dialect.triggers(connection),
        lambda table: [name for name, _ in dialect.counting(table.name, table.keys)],
    )


def _version(counts: Mapping[str, int]) -> int:
    return counts.get(VERSION, 1) if counts else 0


def _missing(schema: Schema, columns: Mapping[str, Collection[str]]) -> list[str]:
    found: list[str] = []
    for name, table in schema.tables.items():
        there = columns.get(name, ())
        lacking = [f"{name}.{column}" for column in table.column_names if column not in there]
        found += lacking if there else [name]
    return found


def _rows(
    connection: sa.Connection, columns: Mapping[str, Collection[str]], wanted: list[str], catalogue: Catalogue
) -> dict[str, TableData]:
    """The tables that are there, with those columns that are."""
    there = [name for name in wanted if name in columns]
    if not there:
        return {}
    filled = set(connection.scalars(catalogue.which_have_rows(there, connection.dialect.identifier_preparer)))
    data: dict[str, TableData] = {}
    for name in there:
        shown = [column for column in catalogue.tables[name].columns if column.name in columns[name]]
        query = sa.select(*(sa.cast(column, sa.Text) for column in shown))
        rows = [tuple(row) for row in connection.execute(query)] if name in filled else []
        data[name] = [column.name for column in shown], rows
    return data


def _records(
    dialect: Dialect, connection: sa.Connection, table: Table, last: int, catalogue: Catalogue
) -> list[Values]:
    there = dialect.columns(connection).get(table.name, set())
    if not there:
        return []
    own = catalogue.tables[table.name].c
    shown = [sa.cast(own[name], sa.Text) if name in there else sa.null() for name in table.column_names]
    newest = sa.select(*shown).order_by(*(own[key].desc() for key in table.keys if key in there)).limit(last)
    return [tuple(row) for row in connection.execute(newest)][::-1]


def _program(engine: Engine, connection: sa.Connection) -> str:
    release = _answer(connection, _RELEASE[engine])
    if engine is Engine.POSTGRES:
        return f"PostgreSQL {release}"
    return f"{'MariaDB' if 'MariaDB' in release else 'MySQL'} {release}"


def _answer(connection: sa.Connection, question: str) -> str:
    """The last column of the first row of an answer, "" where there is none."""
    row = connection.exec_driver_sql(question).first()
    return str(row[-1] or "") if row else ""
