"""An open database: transactions on it, its schema, closing it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Protocol, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import greenlet_spawn

from xcatd.errors import Away, StoreError, Superseded
from xcatd.store.catchup import TERM
from xcatd.store.engine import migrations
from xcatd.store.engine.dialect import ALTERS, WRITES, Dialect, Wake, driver_error
from xcatd.store.engine.kinds import dialect_of
from xcatd.store.engine.lead import Lead
from xcatd.store.engine.metadata import Catalogue
from xcatd.store.engine.session import Session
from xcatd.store.location import Location
from xcatd.store.schema import STANDARD, Schema

T = TypeVar("T")

_DOUBT = 3.0
"""Seconds after which a transaction is so long that one looks whether the server is still there."""
_TRIES = 6
"""How often a transaction is done that meets a deadlock."""


class Altered(StoreError):
    """Somebody has dropped a table or a column."""


class Held(Protocol):
    """Does work in a transaction that lasts."""

    def __call__(self, work: Callable[[Session], T], /) -> Awaitable[T]: ...


class _Attempt:
    """One try at a transaction."""

    def __init__(self) -> None:
        self.commits = False


class Database:
    """An open database. Work is a function of a `Session`; it runs in one transaction and may be cancelled, which takes
    the transaction back unless its commit was on the way.

    `alters`: whether this daemon sees to the tables; on a service node that is the management node's business.
    """

    def __init__(self, dialect: Dialect, engine: sa.Engine, schema: Schema, *, alters: bool) -> None:
        self.dialect = dialect
        self.schema = schema
        self.alters = alters
        self._engine = engine
        self._catalogue = Catalogue.of(schema)
        self._statements = dialect.statements(self._catalogue, engine.dialect)
        self._odd: set[str] = set()
        """Tables in which text was found that is not UTF-8."""
        self._driver_errors: tuple[type[Exception], ...] = (*dialect.raw_errors, driver_error(engine.dialect))
        self._is_open = True
        self.schema_version = -1
        """As it was when this program last saw to the schema; it has not yet."""
        self.term = 0
        """The number with which this daemon leads the cluster, where several could; 0: nobody asks."""

    @classmethod
    async def make(cls, location: Location, patience: float, schema: Schema = STANDARD, *, alters: bool = True) -> Self:
        """A database that nobody has connected to yet; a missing file is made. `patience`: seconds to wait for locks.

        StoreError when a file cannot be used; it is then as it was.
        """
        dialect = dialect_of(location)
        await dialect.prepare(patience, [name for name, table in schema.tables.items() if not table.log])
        return cls(dialect, dialect.make_engine(patience), schema, alters=alters)

    @property
    def name(self) -> str:
        """As sentences name it."""
        return self.dialect.name

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run work that reads: it sees one moment and holds up nobody. StoreError when the database fails.

        A connection may have died unseen since it was used last, so a second one is tried.
        """
        try:
            return await self._run(self._in_session(work))
        except Away:
            return await self._run(self._in_session(work))

    async def change(self, work: Callable[[Session], T], *, in_term: bool = True) -> T:
        """Run work that may write: nobody else writes meanwhile, and all of it is durable at the end, or nothing.
        StoreError when the database fails: then nothing of it is done, but for an `Away` that is undecided. Superseded when
        another management node leads; with `in_term` False nobody asks for that."""
        return await self._run(self._in_session(self._while_leading(work) if in_term else work), **{WRITES: True})

    def _while_leading(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The work, behind a look at the term in the same transaction: who has been frozen or cut off writes no more."""
        if not (term := self.term):
            return work

        def looked(session: Session) -> T:
            if session.marked(TERM) != term:
                raise Superseded(
                    "Another management node is the active one now, so nothing was written: type it again there"
                )
            return work(session)

        return looked

    def lead(self, name: str) -> Lead:
        """See `Dialect.lead`."""
        return self.dialect.lead(name)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Held]:
        """A transaction that may write, for several pieces of work: nobody else writes meanwhile. Nothing of it is done when
        the block raises. StoreError when the database fails."""
        connection = (await self._told(greenlet_spawn(self._engine.connect))).execution_options(**{WRITES: True})
        try:
            transaction = await self._told(greenlet_spawn(connection.begin))
            try:
                yield partial(self._piece, connection)
            except BaseException:
                with suppress(StoreError):  # a connection that is lost is rolled back, and its end has been told
                    await self._told(greenlet_spawn(transaction.rollback))
                raise
            await self._told(greenlet_spawn(transaction.commit))
        finally:
            await greenlet_spawn(connection.close)

    async def _piece(self, connection: sa.Connection, work: Callable[[Session], T]) -> T:
        return await self._told(greenlet_spawn(self._in_session(work), connection))

    async def _told(self, step: Awaitable[T]) -> T:
        """The outcome of a step of a transaction that lasts. StoreError when the database fails."""
        try:
            return await step
        except sa.exc.DBAPIError as error:
            raise self.dialect.explain(error.orig) from error
        except self._driver_errors as error:
            raise self.dialect.explain(error) from error

    async def migrate(self) -> None:
        """See that what the schema has is there. StoreError where only the management node may make it."""
        while not await self._run(self._is_current):
            if not self.alters:
                raise StoreError(
                    f"The database {self.name} is not of this version of xcatd: start the same version on the management "
                    "node, which brings it up to date"
                )
            await self._run(
                lambda connection: migrations.migrate(connection, self.dialect, self._catalogue), **{ALTERS: True}
            )

    async def go_to(self, version: int | None) -> tuple[int, int]:
        """Take the schema to another version, None: the newest; gives the versions before and after. Raises UsageError for
        one that there is not."""
        wanted = migrations.NEWEST if version is None else version
        return await self._run(
            lambda connection: migrations.go_to(connection, self.dialect, self._catalogue, wanted), **{ALTERS: True}
        )

    @asynccontextmanager
    async def news(self, wake: Wake) -> AsyncIterator[bool]:
        """See `Dialect.news`. Raises StoreError when nobody can listen."""
        try:
            async with self.dialect.news(wake) as tells:
                yield tells
        except self.dialect.raw_errors as error:
            raise self.dialect.explain(error) from error

    async def reconnect(self) -> None:
        """Close the connections that are kept: what drivers know of tables may be wrong."""
        await greenlet_spawn(self._engine.dispose)

    async def close(self) -> None:
        self._is_open = False
        await greenlet_spawn(self._engine.dispose)

    def _in_session(self, work: Callable[[Session], T]) -> Callable[[sa.Connection], T]:
        return lambda connection: work(Session(connection, self.dialect, self._catalogue, self._statements, self._odd))

    async def _run(self, work: Callable[[sa.Connection], T], **options: Any) -> T:
        for last in [False] * (_TRIES - 1) + [True]:
            try:
                return await self._attempt(work, options)
            except sa.exc.DBAPIError as error:
                if last or not self.dialect.may_pass(error.orig):
                    raise self.dialect.explain(error.orig) from error
            await asyncio.sleep(random.uniform(0.001, 0.05))  # noqa: S311 - spreads those that collided, keeps no secret
        raise AssertionError("unreachable")

    async def _attempt(self, work: Callable[[sa.Connection], T], options: dict[str, Any]) -> T:
        """Do it once. Raises DBAPIError for what may pass, else StoreError."""
        if not self._is_open:
            raise StoreError(f"The database {self.name} is closed: this daemon is ending")
        attempt = _Attempt()
        try:
            return await self._doubted(greenlet_spawn(self._transact, work, options, attempt))
        except sa.exc.TimeoutError as error:
            raise StoreError(f"The database {self.name} is busy with other readers: try again") from error
        except sa.exc.DBAPIError as error:
            if self.dialect.may_pass(error.orig):
                raise
            raise self._explained(error.orig, attempt) from error
        except self._driver_errors as error:
            raise self._explained(error, attempt) from error

    async def _doubted(self, transaction: Awaitable[T]) -> T:
        """The outcome of a transaction. One that takes long goes on as long as the server lets others in: then it works, or
        waits for a lock. When nobody is there any more, it is given up with what the driver says to that."""
        if not self.dialect.may_vanish:
            return await transaction
        try:
            async with asyncio.TaskGroup() as tasks:
                doubting = tasks.create_task(self._doubt())
                outcome = await transaction
                doubting.cancel()
            return outcome
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _doubt(self) -> None:
        while True:
            await asyncio.sleep(_DOUBT)
            try:
                await self.dialect.call()
            except self._driver_errors as error:
                if self.dialect.is_silence(error):
                    raise  # else somebody is there, who lets no more in

    def _explained(self, error: BaseException | None, attempt: _Attempt) -> StoreError:
        told = self.dialect.explain(error)
        if isinstance(told, Away):
            told.undecided = attempt.commits
        elif self.dialect.lacks_table(error):
            return Altered(str(told))
        return told

    def _is_current(self, connection: sa.Connection) -> bool:
        current = migrations.is_current(connection, self.dialect, self.schema)
        self.schema_version = self.dialect.schema_version(connection)
        return current

    def _transact(self, work: Callable[[sa.Connection], T], options: dict[str, Any], attempt: _Attempt) -> T:
        with self._engine.connect() as connection, connection.execution_options(**options).begin():
            outcome = work(connection)
            attempt.commits = True
        return outcome
