"""What a store on any kind of database must do when many want to write: subclass `CrowdContract`, provide `ground`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.unit.store.conftest import Sql
from tests.unit.store.contract import OnGround, audit, master, node
from tests.unit.store.foreign import Foreign
from tests.unit.store.grounds import Ground
from xcatd.errors import StoreError, UsageError
from xcatd.store import Engine, Put, SqlStore, open_store
from xcatd.store.engine import Database, Session

T = TypeVar("T")

TICKS = [*range(1, 40, 3), 45, 52, 60, 80, 110, 150]
"""Turns of the loop after which somebody goes away: before, in and after the transaction."""


class Cut(Database):
    """A real database whose second writer is cancelled when its commit is done and before it can know."""

    writes = 0

    async def change(self, work: Callable[[Session], T], *, in_term: bool = True) -> T:
        result = await super().change(work, in_term=in_term)
        self.writes += 1
        if self.writes == 2:
            raise asyncio.CancelledError
        return result


@pytest.mark.endurance
class CrowdContract(OnGround):
    """Many writers at a time."""

    async def test_concurrent_writers_lose_nothing(self, store: SqlStore, sql: Sql) -> None:
        async def writer(name: int) -> None:
            for number in range(25):
                await store.write([node(f"w{name}n{number}"), audit(f"{name}")], author="root")

        async with asyncio.TaskGroup() as tasks:
            for name in range(20):
                tasks.create_task(writer(name))
        assert len(store.snapshot.table("nodelist").rows) == 500
        assert sql('SELECT count(*) FROM "nodelist"') == sql('SELECT count(*) FROM "auditlog"') == [(500,)]

    async def test_one_bad_batch_among_many_fails_alone(self, store: SqlStore) -> None:
        good = [store.write([node(f"cn{number}")], author="root") for number in range(10)]
        bad = store.write([node("lost"), Put("litetree", {"priority": "1"}, {})], author="root")
        *ends, failure = await asyncio.gather(*good, bad, return_exceptions=True)
        assert ends == [None] * 10
        assert isinstance(failure, UsageError)
        assert sorted(store.snapshot.table("nodelist").keys()) == sorted(f"cn{number}" for number in range(10))

    async def test_what_the_database_refuses_fails_alone(self, store: SqlStore, ground: Ground) -> None:
        ground.guard()
        writes = [store.write([node(name), audit(name)], author=name) for name in ("a", "bad", "b")]
        wrong = store.write([node("x"), Put("litetree", {"priority": "1"}, {})], author="wrong")
        first, refused, last, _ = await asyncio.gather(*writes, wrong, return_exceptions=True)
        ground.unguard()
        assert first is last is None
        assert isinstance(refused, StoreError)
        assert list(store.snapshot.table("nodelist").keys()) == ["a", "b"]
        assert ground.sql('SELECT "args" FROM "auditlog" ORDER BY "recid"') == [("a",), ("b",)]
        assert [entry.origin.user for entry in await store.history.entries()] == ["a", "b"]
        assert ground.sql('SELECT count(*) FROM "xcatd_history_rows"') == [(2,)]

    async def test_two_stores_see_each_other(self, store: SqlStore, ground: Ground) -> None:
        other = await open_store(ground.location)
        await asyncio.gather(
            *(each.write([node(f"cn{n}{each is store}")], author="x") for n in range(20) for each in (store, other))
        )
        await store.refresh()
        await other.refresh()
        assert len(store.snapshot.table("nodelist").rows) == 40
        one, two = (
            {row["node"]: row.cells() for row in each.snapshot.table("nodelist").rows} for each in (store, other)
        )
        assert one == two
        await other.close()

    async def test_a_database_that_is_locked_too_long_is_an_error_and_nothing_is_written(self, ground: Ground) -> None:
        store = await open_store(ground.location, patience=0.05)
        with ground.busy():
            ends = await asyncio.gather(
                *(store.write([master(str(n))], author="root") for n in range(2)), return_exceptions=True
            )
            assert all(isinstance(end, StoreError) and "locked by another program" in str(end) for end in ends)
            assert store.snapshot.site("master") == ""
        await store.write([master("10.0.0.1")], author="root")
        assert store.snapshot.site("master") == "10.0.0.1"
        await store.close()

    async def test_a_writer_that_goes_away_while_it_waits_has_written_nothing(
        self, store: SqlStore, ground: Ground
    ) -> None:
        with ground.busy() as foreign:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(store.write([audit("first")], author="root"))
                gone = tasks.create_task(store.write([audit("gone")], author="root"))
                tasks.create_task(store.write([audit("last")], author="root"))
                await asyncio.sleep(0)
                gone.cancel()
                await asyncio.sleep(0)
                foreign.undo()
        assert [row["args"] for row in await store.scan("auditlog")] == ["first", "last"]

    @pytest.mark.parametrize("ticks", TICKS)
    async def test_whoever_goes_away_the_others_changes_are_made_exactly_once(
        self, store: SqlStore, ticks: int
    ) -> None:
        """The first of each group is cancelled at some moment of the transaction that it does for all."""
        for turn in range(4):
            async with asyncio.TaskGroup() as tasks:
                names = [f"{turn}-{number}" for number in range(4)]
                writers = [tasks.create_task(store.write([audit(name)], author="root")) for name in names]
                for _ in range(ticks + turn):
                    await asyncio.sleep(0)
                for writer in writers[:2]:
                    writer.cancel()
            written = [row["args"] for row in await store.scan("auditlog")]
            assert [written.count(name) for name in names[2:]] == [1, 1]
            assert all(written.count(name) <= 1 for name in names)

    async def test_a_group_whose_end_nobody_saw_is_not_written_twice(self, ground: Ground) -> None:
        database = await Cut.make(ground.location, 5)
        store = SqlStore(database)
        await store.load()
        leader = store.write([audit("leads")], author="root")
        follower = store.write([Put("site", {"key": "n"}, {"value": "1"}), audit("follows")], author="root")
        late = store.write([audit("late")], author="root")
        with ground.busy() as foreign:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(store.write([audit("first")], author="root"))
                await asyncio.sleep(0)
                tasks.create_task(leader)
                tasks.create_task(follower)
                tasks.create_task(late)
                await asyncio.sleep(0)
                foreign.undo()
        assert [row["args"] for row in await store.scan("auditlog")] == ["first", "leads", "follows", "late"]
        assert store.snapshot.site("n") == "1"
        await store.close()

    async def test_two_stores_and_a_foreign_program_lose_nothing(self, store: SqlStore, ground: Ground) -> None:
        """All count in one row of their own table, and add rows of their own."""
        other = await open_store(ground.location, patience=30)

        async def ours(name: int) -> None:
            each = (store, other)[name % 2]
            for number in range(50):
                await each.write([node(f"t{name}n{number}", status=str(number)), audit(f"{name}")], author=f"t{name}")

        def theirs(foreign: Foreign) -> None:
            for number in range(50):
                foreign.run('INSERT INTO "nodelist" ("node", "status") VALUES (?, ?)', f"f{number}", "new")
                foreign.run('UPDATE "nodelist" SET "status" = ? WHERE "node" = ?', str(number), f"f{number}")

        async with asyncio.TaskGroup() as tasks:
            for name in range(8):
                tasks.create_task(ours(name))
            tasks.create_task(asyncio.to_thread(theirs, ground.foreign()))
        for each in (store, other):
            await each.refresh()
            found = {row["node"]: row["status"] for row in each.snapshot.table("nodelist").rows}
            assert found == {f"{who}{n}": str(n) for who in ("f", *(f"t{t}n" for t in range(8))) for n in range(50)}
        entries = await store.history.entries()
        assert [entry.id for entry in entries] == list(range(1, 401))
        assert sorted(row["args"] for row in await store.scan("auditlog")) == sorted(
            str(n) for n in range(8) for _ in range(50)
        )
        await other.close()

    async def test_whoever_loses_a_deadlock_tries_again(self, store: SqlStore, ground: Ground) -> None:
        """The foreign program takes two rows in the other order than the store, in one transaction."""
        await store.write([node("a"), node("b"), master("0")], author="root")
        foreign = ground.foreign()

        def theirs() -> int:
            """How often the foreign program was the victim."""
            victims = 0
            for number in range(30):
                victims += not _both(foreign, str(number))
            return victims

        async def ours() -> None:
            for number in range(60):
                await store.write(
                    [master(str(number + 1)), node("a", groups=str(number)), node("b", groups=str(number))], author="x"
                )

        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(asyncio.to_thread(theirs))
            tasks.create_task(ours())
        assert ground.engine is not Engine.SQLITE or counting.result() == 0
        assert [entry.id for entry in await store.history.entries()] == list(range(1, 62))
        assert ground.sql('SELECT "value" FROM "site"') == [("60",)]
        await store.refresh()
        found = ground.sql('SELECT "node", "groups", "comments" FROM "nodelist" ORDER BY "node"')
        assert found == [(row["node"], row["groups"], row["comments"]) for row in store.snapshot.table("nodelist").rows]
        assert [groups for _, groups, _ in found] == ["59", "59"]


def _both(foreign: Foreign, text: str) -> bool:
    """Change both rows in one transaction; False: the database chose this one as the victim of a deadlock."""
    foreign.start()
    try:
        for name in ("b", "a"):
            foreign.run('UPDATE "nodelist" SET "comments" = ? WHERE "node" = ?', text, name)
    except Exception as error:
        foreign.undo()
        if not _is_deadlock(error):
            raise
        return False
    foreign.run("COMMIT")
    return True


def _is_deadlock(error: Exception) -> bool:
    return getattr(error, "sqlstate", "") == "40P01" or error.args[0] == 1213
