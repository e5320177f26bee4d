"""Programs that are not ours and work on the same database, by SQL of their own and the drivers of their own.

Statements are written once for all databases: names in double quotes, as xCAT 2 writes them for PostgreSQL, and values as
question marks. For MariaDB the quotes become backticks.
"""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from tests.helpers.program import PATIENCE
from xcatd.store.location import Engine, Location

Rows = list[tuple[Any, ...]]


class Foreign(ABC):
    """A connection. What it runs is committed at once, but for what stands between `begin` and COMMIT or ROLLBACK."""

    begin = "BEGIN"

    @abstractmethod
    def run(self, statement: str, *values: object) -> Rows:
        """The rows of a statement; it may be called from any thread. Raises the driver's errors."""

    @abstractmethod
    def close(self) -> None: ...

    def start(self) -> None:
        """Begin a transaction that will write."""
        self.run(self.begin)

    def undo(self) -> None:
        """Take the transaction back, if one is under way."""
        self.run("ROLLBACK")


class ForeignSqlite(Foreign):
    begin = "BEGIN IMMEDIATE"

    def __init__(self, location: Location) -> None:
        self._connection = sqlite3.connect(
            location.path, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )

    def run(self, statement: str, *values: object) -> Rows:
        return self._connection.execute(statement, values).fetchall()

    def undo(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


class ForeignMariadb(Foreign):
    def __init__(self, location: Location) -> None:
        import pymysql  # type: ignore[import-untyped, unused-ignore]  # late: most tests need no database

        self._connection = pymysql.connect(
            host=location.host,
            port=location.port,
            user=location.user,
            password=location.password.reveal(),
            database=location.database,
            charset="utf8mb4",
            autocommit=True,
            ssl=ssl.create_default_context(cafile=location.tls.authority),
        )

    def run(self, statement: str, *values: object) -> Rows:
        with self._connection.cursor() as cursor:
            cursor.execute(statement.replace('"', "`").replace("?", "%s"), values or None)
            return list(cursor.fetchall())

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()


class ForeignPostgres(Foreign):
    """Its driver wants a loop: it has one in a thread of its own."""

    def __init__(self, location: Location) -> None:
        self._thread = ThreadPoolExecutor(1, "foreign")
        self._runner = asyncio.Runner()
        self._connection = self._do(_connected(location))

    def run(self, statement: str, *values: object) -> Rows:
        numbers = count(1)
        pieces = statement.split("?")
        numbered = "".join(f"{piece}${next(numbers)}" for piece in pieces[:-1]) + pieces[-1]
        return [tuple(row) for row in self._do(self._connection.fetch(numbered, *values))]

    def close(self) -> None:
        try:
            if not self._connection.is_closed():
                self._do(self._connection.close())
        finally:
            self._thread.submit(self._runner.close).result()
            self._thread.shutdown()

    def _do(self, coroutine: Any) -> Any:
        return self._thread.submit(self._runner.run, coroutine).result()


async def _connected(location: Location) -> Any:
    import asyncpg  # type: ignore[import-untyped, unused-ignore]  # late: most tests need no database

    return await asyncpg.connect(
        host=location.host,
        port=location.port,
        user=location.user,
        password=location.password.reveal(),
        database=location.database,
        ssl=ssl.create_default_context(cafile=location.tls.authority),
    )


def foreign_to(location: Location) -> Foreign:
    """A new connection to a database."""
    kinds: Mapping[Engine, Callable[[Location], Foreign]] = {
        Engine.SQLITE: ForeignSqlite,
        Engine.POSTGRES: ForeignPostgres,
        Engine.MYSQL: ForeignMariadb,
    }
    return kinds[location.engine](location)


def quoted(names: Sequence[str]) -> str:
    """Names as statements have them."""
    return ", ".join(f'"{name}"' for name in names)
