"""The store while its database cannot be reached: reads go on, writes wait, and each is done once or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.helpers.cutter import Cutter
from tests.helpers.databases import DatabaseServer
from tests.helpers.program import moments
from tests.helpers.proxy import Way
from tests.unit.store.foreign import foreign_to
from xcatd.errors import Away, StoreError
from xcatd.store import Append, Put, SqlStore, open_store
from xcatd.store.changes import Once
from xcatd.store.location import Engine, Location

EDGE = 64
"""Bytes before and after an end of a transaction: a commit and its answer are shorter, with all that is around them."""
STRIDE = 211
"""Bytes between two cuts elsewhere."""
LONG = 60.0


@dataclass(frozen=True)
class Afar:
    """A database behind a network that can be cut. `location`: as the store reaches it."""

    server: DatabaseServer
    network: Cutter
    location: Location

    def sessions(self) -> int:
        """Connections that the server has of the store's user."""
        view = "pg_stat_activity WHERE usename = $1" if self.server.engine is Engine.POSTGRES else _THREADS
        ((count,),) = self.server.sql("", f"SELECT count(*) FROM {view}", self.location.user)
        return int(count)


_THREADS = "information_schema.processlist WHERE user = %s"


@pytest.fixture
def afar(server: DatabaseServer) -> Iterator[Afar]:
    location = server.create()
    with Cutter((server.host, server.port)) as network:
        yield Afar(server, network, replace(location, port=network.port))
    if not server.pids:
        server.start()
    server.drop(location)


async def until(what: str, is_so: Callable[[], bool]) -> None:
    """Wait for something. AssertionError: it does not happen."""
    for _ in range(int(LONG / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited for {what} in vain")


@asynccontextmanager
async def opened(afar: Afar, *, deadline: float = LONG) -> AsyncIterator[SqlStore]:
    store = await open_store(afar.location, patience=30, deadline=deadline)
    try:
        yield store
    finally:
        await store.close()


async def reached(store: SqlStore) -> None:
    """Wait until the database can be reached again: for a store that waits no longer than a moment."""
    for _ in moments("the database"):
        with suppress(Away):
            await store.refresh()
            return


def change(name: str) -> list[Append | Put]:
    """One that would show if it were done twice."""
    return [Append("auditlog", {"args": name}), Put("nodelist", {"node": name}, {"status": "new"})]


async def written(store: SqlStore) -> list[str]:
    """What is in the log; the table and the history must say the same."""
    names = [row["args"] for row in await store.scan("auditlog")]
    await store.refresh()
    assert sorted(store.snapshot.table("nodelist").keys()) == sorted(set(names))
    entries = await store.history.entries()
    assert [entry.id for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) == len(names)
    return names


async def length(store: SqlStore, network: Cutter, way: Way) -> int:
    """The bytes that one write sends this way, when nothing is wrong."""
    before = network.passed[way]
    await store.write(change(f"measured {way.name}"), author="root")
    return network.passed[way] - before


@pytest.mark.parametrize("way", list(Way))
async def test_a_write_is_done_once_wherever_the_connection_is_cut(afar: Afar, way: Way) -> None:
    async with opened(afar) as store:
        await store.write(change("first"), author="root")
        whole = await length(store, afar.network, way)
        places = sorted({*range(1, whole, STRIDE), *range(max(whole - EDGE, 1), whole + 2)})
        for place in places:
            afar.network.cut_after(way, place)
            await store.write(change(f"cut at {place}"), author="root")
            afar.network.mend()
            assert store.outage is None
        names = await written(store)
        assert sorted(names) == sorted(["first", f"measured {way.name}", *(f"cut at {place}" for place in places)])
        assert afar.network.cuts >= len(places) - 2


async def test_groups_of_writes_are_done_once_wherever_the_connection_is_cut(afar: Afar) -> None:
    """Eight at a time, some of which are asked for again, as a service node does that got no answer."""
    async with opened(afar) as store:
        expected: list[str] = []
        for serial, (way, place) in enumerate([(way, place) for way in Way for place in range(150, 4000, 550)], 1):
            names = [f"{way.name}-{place}-{number}" for number in range(8)]
            afar.network.cut_after(way, place)
            await asyncio.gather(
                *(store.write(change(name), author="x", once=Once(name[-1], serial)) for name in names)
            )
            afar.network.mend()
            await asyncio.gather(
                *(store.write(change(name), author="x", once=Once(name[-1], serial)) for name in names[:4])
            )
            expected += names
        assert sorted(await written(store)) == sorted(expected)


async def test_reads_go_on_and_writes_wait_until_the_deadline(afar: Afar) -> None:
    async with opened(afar, deadline=0.3) as store:
        await store.write(change("before"), author="root")
        afar.network.refuse()
        with pytest.raises(Away) as caught:
            await store.write(change("meanwhile"), author="root")
        sentence = str(caught.value)
        assert sentence.startswith(f"The database {afar.location.named()} cannot be reached (")
        assert sentence.endswith(("; nothing was written", "so look before you repeat it"))
        assert afar.location.password.reveal() not in sentence
        with pytest.raises(Away):
            await store.refresh()
        assert store.outage is not None
        assert f"The database {afar.location.named()} cannot be reached since" in store.outage.notice(
            store.outage.since
        )
        assert list(store.snapshot.table("nodelist").keys()) == ["before"]
        afar.network.resume()
        await reached(store)
        await store.write(change("after"), author="root")
        assert store.outage is None
        assert await written(store) == ["before", "after"]


async def test_a_write_that_waits_is_done_when_the_server_is_back(afar: Afar) -> None:
    async with opened(afar) as store:
        await store.write(change("before"), author="root")
        afar.network.refuse()
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(store.write(change(f"n{number}"), author="root")) for number in range(5)]
            await until("an outage", lambda: store.outage is not None)
            waiting[0].cancel()
            afar.network.resume()
        assert await written(store) == ["before", *(f"n{number}" for number in range(1, 5))]
        assert store.outage is None


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_the_server_ends_in_the_middle_and_comes_back(afar: Afar, end: str) -> None:
    """Writers go on all the time. Who was told that it is written finds it once; nobody finds anything twice."""
    done: list[str] = []

    async def writer(store: SqlStore, name: int) -> None:
        for number in range(40):
            await store.write(change(f"{name}-{number}"), author="root")
            done.append(f"{name}-{number}")

    async with opened(afar) as store:
        async with asyncio.TaskGroup() as tasks:
            for name in range(4):
                tasks.create_task(writer(store, name))
            for goal in (30, 90):
                await until(f"{goal} writes", lambda goal=goal: len(done) >= goal)  # type: ignore[misc]
                await asyncio.to_thread(getattr(afar.server, end))
                await asyncio.to_thread(afar.server.start)
        assert sorted(await written(store)) == sorted(done)
        assert len(done) == 160


async def test_a_watch_goes_on_after_an_outage(afar: Afar) -> None:
    async with opened(afar) as store, asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(store.watch(0.05))
        for turn in range(2):
            await asyncio.to_thread(afar.server.stop)
            await until("an outage", lambda: store.outage is not None)
            await asyncio.to_thread(afar.server.start)
            afar.server.sql(afar.location.database, f"INSERT INTO nodelist (node) VALUES ('n{turn}')")
            seen = f"n{turn}"
            await until(seen, lambda seen=seen: bool(store.snapshot.table("nodelist").find(seen)))  # type: ignore[misc]
            assert store.outage is None
        watch.cancel()


@pytest.mark.parametrize("ways", [(Way.DOWN,), (Way.UP,), tuple(Way)], ids=["answers", "questions", "both"])
async def test_a_network_that_stands_still(afar: Afar, ways: tuple[Way, ...]) -> None:
    """Nothing is refused and nothing is answered. When the network is back, what waited is done once."""
    async with opened(afar) as store:
        await store.write(change("before"), author="root")
        afar.network.stall(*ways)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(store.write(change("meanwhile"), author="root"))
            await until("an outage", lambda: store.outage is not None)
            afar.network.cut()
            afar.network.resume()
        assert await written(store) == ["before", "meanwhile"]
        assert store.outage is None


async def test_too_many_connections_are_an_outage_too(afar: Afar) -> None:
    none, many = ("CONNECTION LIMIT 0", "CONNECTION LIMIT -1")
    alter = f"ALTER ROLE {afar.location.user} "
    if afar.server.engine is Engine.MYSQL:
        none, many, alter = (
            "WITH MAX_USER_CONNECTIONS 1",
            "WITH MAX_USER_CONNECTIONS 0",
            f"ALTER USER {afar.location.user} ",
        )
    async with opened(afar, deadline=0.3) as store:
        await store.write(change("before"), author="root")
        afar.server.sql("", alter + none)
        async with opened_session(afar):
            afar.network.cut()
            with pytest.raises(Away, match="cannot be reached"):
                await store.write(change("meanwhile"), author="root")
        afar.server.sql("", alter + many)
        await reached(store)
        await store.write(change("after"), author="root")
        assert await written(store) == ["before", "after"]


@asynccontextmanager
async def opened_session(afar: Afar) -> AsyncIterator[None]:
    """Somebody else has the only connection that the user may have, where none at all cannot be said."""
    if afar.server.engine is Engine.POSTGRES:
        yield
        return
    for _ in moments("the store's sessions to end"):
        afar.network.cut()
        if afar.sessions() == 0:
            break
    foreign = foreign_to(replace(afar.location, port=afar.server.port))
    try:
        yield
    finally:
        foreign.close()


async def test_a_thousand_cuts_leave_nothing_open(afar: Afar) -> None:
    """Half of them before each of the two servers."""
    before = descriptors()
    async with opened(afar) as store:
        await store.write(change("before"), author="root")
        for number in range(500):
            afar.network.cut()
            if number % 20:
                await store.refresh()
            else:
                await store.write([Put("nodelist", {"node": "before"}, {"status": str(number)})], author="root")
        assert afar.sessions() <= 7
        assert [row["status"] for row in store.snapshot.table("nodelist").rows] == ["480"]
    afar.network.cut()
    assert descriptors() <= before
    for _ in moments("the sessions of the server to end"):
        if afar.sessions() == 0:
            break


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_store_that_was_never_opened_says_so(afar: Afar) -> None:
    afar.network.refuse()
    with pytest.raises(StoreError, match="cannot be reached"):
        async with opened(afar):
            raise AssertionError
