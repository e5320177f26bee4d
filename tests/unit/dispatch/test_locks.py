"""One change at a time per node."""

from __future__ import annotations

import asyncio

import pytest

from xcatd.dispatch import Locks
from xcatd.errors import Busy


async def test_two_changes_of_a_node_happen_one_after_the_other_and_say_why() -> None:
    locks, seen = Locks(), []

    async def change(name: str) -> None:
        async with locks.hold("n1", name, 10):
            seen.append(f"{name} begins, {locks.purpose('n1')}")
            await asyncio.sleep(0)
            seen.append(f"{name} ends")

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second"):
            group.create_task(change(name))
    assert seen == ["first begins, first", "first ends", "second begins, second", "second ends"]
    assert locks.purpose("n1") == ""


async def test_other_nodes_are_free() -> None:
    locks = Locks()
    async with locks.hold("n1", "rpower", 10), locks.hold("n2", "rpower", 10):
        assert locks.purpose("n3") == ""


async def test_who_waits_too_long_is_told_who_holds_it() -> None:
    locks = Locks()
    async with locks.hold("n1", "rpower of root (request abc-1)", 10):
        with pytest.raises(Busy, match=r"with: rpower of root \(request abc-1\); try again later"):
            async with locks.hold("n1", "another", 0.01):
                raise AssertionError("not reached")
    async with locks.hold("n1", "another", 0.01):
        assert locks.purpose("n1") == "another"


async def test_who_is_cancelled_while_waiting_leaves_the_lock_to_others() -> None:
    locks = Locks()
    async with asyncio.TaskGroup() as group:
        async with locks.hold("n1", "first", 10):
            waiting = group.create_task(_hold(locks))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.sleep(0)
        async with locks.hold("n1", "next", 0.1):
            assert locks.purpose("n1") == "next"


async def _hold(locks: Locks) -> None:
    async with locks.hold("n1", "cancelled", 10):
        raise AssertionError("not reached")


async def test_a_fault_inside_frees_it() -> None:
    locks = Locks()
    with pytest.raises(ZeroDivisionError):
        async with locks.hold("n1", "faulty", 10):
            raise ZeroDivisionError
    async with locks.hold("n1", "next", 0.1):
        assert locks.purpose("n1") == "next"
