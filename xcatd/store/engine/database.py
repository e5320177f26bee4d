"""A database file: opening it, transactions on it, closing it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import greenlet_spawn

from xcatd.errors import StoreError
from xcatd.store.engine import migrations, sqlite
from xcatd.store.engine.metadata import Catalogue
from xcatd.store.engine.session import Session
from xcatd.store.engine.statements import Statements
from xcatd.store.schema import STANDARD, Schema

T = TypeVar("T")


class Database:
    """An open database. Work is a function of a `Session`; it runs in one transaction and may be cancelled, which takes
    the transaction back unless its commit was on the way."""

    def __init__(self, path: Path, engine: sa.Engine, schema: Schema) -> None:
        self.path = path
        self.schema = schema
        self._engine = engine
        self._catalogue = Catalogue(schema)
        self._statements = Statements(engine.dialect, self._catalogue)
        self._odd: set[str] = set()
        """Tables in which text was found that is not UTF-8."""
        self._is_open = True
        self.schema_version = 0
        """As it was when this program last saw to the schema."""

    @classmethod
    async def open(cls, path: Path, patience: float, schema: Schema = STANDARD) -> Self:
        """Open a file, make it if there is none, and bring it to the schema. `patience`: seconds to wait for locks.

        StoreError when the file cannot be used; it is then as it was.
        """
        kept = [name for name, table in schema.tables.items() if not table.log]
        await asyncio.to_thread(sqlite.prepare_file, path, patience, kept)
        engine = sa.create_engine(
            sa.URL.create("sqlite+aiosqlite", database=str(path)),
            connect_args={"timeout": patience, "isolation_level": None},
            pool_size=2,
            max_overflow=2,
            pool_use_lifo=True,
            pool_timeout=patience,
        )
        sqlite.listen(engine)
        database = cls(path, engine, schema)
        try:
            await database.migrate()
        except BaseException:
            await database.close()
            raise
        return database

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run work that reads: it sees one moment and holds up nobody. StoreError when the database fails."""
        return await self._run(lambda connection: work(self._session(connection)), writes=False)

    async def change(self, work: Callable[[Session], T]) -> T:
        """Run work that may write: nobody else writes meanwhile, and all of it is durable at the end, or nothing.
        StoreError when the database fails: then nothing of it is done."""
        return await self._run(lambda connection: work(self._session(connection)), writes=True)

    async def migrate(self) -> None:
        """Make what the schema has and the database lacks."""
        while not await self._run(self._is_current, writes=False):
            await self._run(lambda connection: migrations.migrate(connection, self._catalogue), writes=True)

    async def close(self) -> None:
        self._is_open = False
        await greenlet_spawn(self._engine.dispose)

    def _session(self, connection: sa.Connection) -> Session:
        return Session(connection, self._catalogue, self._statements, self._odd, self.path)

    async def _run(self, work: Callable[[sa.Connection], T], *, writes: bool) -> T:
        if not self._is_open:
            raise StoreError(f"The database {self.path} is closed: this daemon is ending")
        try:
            return await greenlet_spawn(self._transact, work, writes)
        except sa.exc.DBAPIError as error:
            raise sqlite.explain(self.path, error.orig) from error
        except sa.exc.TimeoutError as error:
            raise StoreError(f"The database {self.path} is busy with other readers: try again") from error

    def _is_current(self, connection: sa.Connection) -> bool:
        self.schema_version = sqlite.schema_version(connection)
        return migrations.is_current(connection, self.schema)

    def _transact(self, work: Callable[[sa.Connection], T], writes: bool) -> T:
        with self._engine.connect() as connection, connection.execution_options(xcatd_writes=writes).begin():
            return work(connection)
