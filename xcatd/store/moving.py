"""Moving all tables from one database to another, of whatever kinds, without losing a write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xcatd.errors import StoreError
from xcatd.store.catchup import MOVED
from xcatd.store.location import Location
from xcatd.store.schema import STANDARD, Schema

if TYPE_CHECKING:
    from xcatd.store.engine import Database, Held

_PATIENCE = 60.0
"""Seconds to wait for others who write."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried: `tables` that have rows, logs among them, and the `rows` in them."""

    tables: int
    rows: int


@asynccontextmanager
async def moving(source: Location, target: Location, schema: Schema = STANDARD) -> AsyncIterator[Moved]:
    """Copy every table, log and the history from source to target, while nobody can write to the source.

    Inside the block the copy is complete, checked and committed, and the source still locked: say there that the new one
    counts. Leaving normally marks the source as moved: daemons that run refuse to write to it, and say so. Leaving by an
    exception leaves the source as it was, and abandons the target. StoreError: the target has rows already, the two are
    one, or one of them cannot be used.
    """
    _check_apart(source, target)
    async with _opened(source, schema) as old, _opened(target, schema) as new, old.held() as holding:
        moved = await _carried(holding, new, schema)
        try:
            yield moved
        except BaseException:
            await _mark(new)
            raise
        await holding(lambda session: session.mark(MOVED, 1))


async def copy_database(source: Location, target: Location, schema: Schema = STANDARD) -> Moved:
    """Copy every table, log and the history into an empty database. Nothing happens to the source."""
    _check_apart(source, target)
    async with _opened(source, schema) as old, _opened(target, schema) as new, old.held() as holding:
        return await _carried(holding, new, schema)


async def abandon(target: Location, schema: Schema = STANDARD) -> None:
    """The rows of a database do not count: a later move into it removes them."""
    async with _opened(target, schema) as database:
        await _mark(database)


async def reopen(source: Location, schema: Schema = STANDARD) -> None:
    """Take the mark of a move away: this database counts again."""
    async with _opened(source, schema) as database:
        await database.change(lambda session: session.unmark(MOVED))


async def is_empty(target: Location, schema: Schema = STANDARD) -> bool:
    """Whether a database has no rows that count: none at all, or those that were moved away from there."""
    async with _opened(target, schema) as database:
        return await database.read(lambda session: MOVED in session.revisions() or not session.filled(schema.tables))


async def go_to_schema(location: Location, version: int | None, schema: Schema = STANDARD) -> tuple[int, int]:
    """Take what this program has for itself in a database to another version, None: the newest. Gives the versions before and
    after. StoreError when the database cannot be used, UsageError for a version that there is not."""
    from xcatd.store.engine import Database

    database = await Database.make(location, _PATIENCE, schema)
    try:
        return await database.go_to(version)
    finally:
        await database.close()


def _check_apart(source: Location, target: Location) -> None:
    if source.is_same(target):
        raise StoreError(f"{source.named()} cannot be copied into itself: name another database")


async def _mark(database: Database) -> None:
    await database.change(lambda session: session.mark(MOVED, 1))


@asynccontextmanager
async def _opened(location: Location, schema: Schema) -> AsyncIterator[Database]:
    from xcatd.store.engine import Database

    database = await Database.make(location, _PATIENCE, schema)
    try:
        await database.migrate()
        yield database
    finally:
        await database.close()


async def _carried(source: Held, new: Database, schema: Schema) -> Moved:
    from xcatd.store.engine.carrying import carry, empty

    async with new.held() as target:
        if await target(lambda session: MOVED in session.revisions()):
            await target(lambda session: empty(session, schema))
            await target(lambda session: session.unmark(MOVED))
        if filled := await target(lambda session: session.filled(schema.tables)):
            raise StoreError(
                f"The database {new.name} has rows already, in {', '.join(sorted(filled)[:3])}: name it in cfgloc to use them, "
                "or make it empty"
            )
        rows = await carry(source, target, schema)
        return Moved(len(await target(lambda session: session.filled(schema.tables))), rows)
