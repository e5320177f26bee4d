"""Transactions on an open database: when there are too many, when they fail half-way, and when it is closed."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.util import await_only

from tests.unit.store.contract import master
from tests.unit.store.grounds import Ground
from xcatd.errors import StoreError
from xcatd.store import SqlStore
from xcatd.store.engine import Database, Session


async def made(ground: Ground, patience: float = 5.0) -> Database:
    database = await Database.make(ground.location, patience)
    await database.migrate()
    return database


async def test_too_many_readers_are_told_and_the_next_one_is_served(ground: Ground) -> None:
    database = await made(ground, 0.2)
    store = SqlStore(database)
    await store.load()
    leave = asyncio.Event()
    inside = asyncio.Semaphore(0)

    def stay(session: Session) -> int:
        seen = len(session.revisions())
        inside.release()
        await_only(leave.wait())
        return seen

    async with asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(database.read(stay)) for _ in range(database._engine.pool.size() * 2)]  # type: ignore[attr-defined]
        for _ in readers:
            await inside.acquire()
        with pytest.raises(StoreError, match="is busy with other readers: try again"):
            await store.write([master("1")], author="root")
        leave.set()
    assert len({reader.result() for reader in readers}) == 1
    await store.write([master("2")], author="root")
    assert store.snapshot.site("master") == "2"
    await store.close()


async def test_a_held_transaction_lasts_and_is_all_or_nothing(ground: Ground) -> None:
    database = await made(ground)
    with pytest.raises(KeyError):
        async with database.held() as held:
            await held(lambda session: session.stamp("@one", 1))
            assert await held(lambda session: session.stamped("@one")) == 1
            raise KeyError
    assert await database.read(lambda session: session.stamped("@one")) is None
    async with database.held() as held:
        await held(lambda session: session.stamp("@one", 1))
        await held(lambda session: session.stamp("@one", 1))
    assert await database.read(lambda session: session.stamped("@one")) == 1
    await database.change(lambda session: session.unstamp("@one"))
    assert await database.read(lambda session: session.stamped("@one")) is None
    await database.close()


@pytest.mark.parametrize("error", [OSError("a file of mine"), StoreError("mine")], ids=repr)
async def test_an_error_of_the_block_is_its_own(ground: Ground, error: Exception) -> None:
    database = await made(ground)
    with pytest.raises(type(error)) as caught:
        async with database.held():
            raise error
    assert caught.value is error
    await database.close()


async def test_a_closed_database_says_so(ground: Ground) -> None:
    database = await made(ground)
    await database.close()
    for run in (database.read, database.change):
        with pytest.raises(StoreError, match=r"is closed: this daemon is ending"):
            await run(lambda session: session.revisions())
