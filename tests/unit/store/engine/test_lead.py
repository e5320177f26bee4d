"""Who leads on a real PostgreSQL: the lock, the term, and what is refused of one who has lost it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.helpers.cluster import PATIENCE
from tests.helpers.databases import PostgresServer
from xcatd.errors import ConfigError, Superseded
from xcatd.store import Location, Put, SqlStore, open_store
from xcatd.store.engine import Lead


@pytest.fixture
def place(postgres_server: PostgresServer) -> Iterator[Location]:
    made = postgres_server.create()
    yield made
    postgres_server.drop(made)


@pytest.fixture
async def stores(place: Location) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """Those of two management nodes."""
    first, second = await open_store(place), await open_store(place)
    yield first, second
    await first.close()
    await second.close()


async def until_taken(lead: Lead) -> None:
    """The server takes a moment to notice that a session has ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await lead.take():
                return
            await asyncio.sleep(0.01)


def put(value: str) -> list[Put]:
    return [Put("site", {"key": "word"}, {"value": value})]


async def test_one_has_the_lock_and_a_successor_may_have_it_too(stores: tuple[SqlStore, SqlStore]) -> None:
    one, other, successor = (
        store.lead(name) for store, name in zip((*stores, stores[0]), ("a", "b", "a"), strict=True)
    )
    try:
        assert await one.take()
        assert not await other.take()
        assert not await other.join()
        await one.settle()
        assert not await other.take()
        assert await successor.join()
        one.drop()
        assert not await other.take()
        successor.drop()
        await until_taken(other)
    finally:
        for lead in (one, other, successor):
            lead.drop()


async def test_one_that_is_silent_is_ousted(stores: tuple[SqlStore, SqlStore]) -> None:
    one, other = stores[0].lead("a"), stores[1].lead("b")
    try:
        assert await one.take()
        await one.settle()
        seats = await other.seats()
        assert [(seat.name, seat.leads) for seat in seats] == [("a", True), ("b", False)]
        await one.beat()
        assert (await other.seats())[0].heard != seats[0].heard
        await other.oust(seats[0])
        await until_taken(other)
        assert not any(seat.name == "a" for seat in await other.seats())
    finally:
        one.drop()
        other.drop()


async def test_what_one_writes_after_its_term_is_refused(stores: tuple[SqlStore, SqlStore]) -> None:
    one, other = stores
    term = await one.begin_term()
    await one.take_lead(term)
    await one.write(put("one"), author="root")
    assert await other.begin_term() == term + 1
    await other.take_lead(term + 1)
    with pytest.raises(Superseded, match="nothing was written"):
        await one.write(put("late"), author="root")
    assert other.snapshot.site("word") == "one"
    await other.write(put("other"), author="root")
    await one.refresh()
    assert one.snapshot.site("word") == "other"


async def test_it_reads_what_was_written_before(stores: tuple[SqlStore, SqlStore]) -> None:
    one, other = stores
    await one.write(put("one"), author="root")
    await other.take_lead(await other.begin_term())
    assert other.snapshot.site("word") == "one"
    lead = other.lead("b")
    assert await lead.term() == 1
    lead.drop()


async def test_a_file_is_no_place_for_several(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "xcat.sqlite")
    with pytest.raises(ConfigError, match=r"need one PostgreSQL for all, and .*xcat\.sqlite is none"):
        store.lead("a")
    await store.close()
