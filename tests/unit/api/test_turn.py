"""One command at a time changes tables, and nobody waits for somebody who types."""

from __future__ import annotations

import asyncio

from xcatd.api.turn import Turn


async def test_the_second_waits_until_the_first_has_written() -> None:
    lock, seen = asyncio.Lock(), []

    async def edit(name: str) -> None:
        turn = Turn(lock)
        async with turn:
            seen.append(f"{name} reads")
            await asyncio.sleep(0)
            seen.append(f"{name} writes")
            turn.give_up()
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second"):
            group.create_task(edit(name))
    assert seen == ["first reads", "first writes", "second reads", "second writes"]


async def test_it_can_be_given_up_and_taken_again() -> None:
    lock = asyncio.Lock()
    turn, other = Turn(lock), Turn(lock)
    async with turn:
        turn.give_up()
        async with other:
            assert lock.locked()
        await turn.take()
        await turn.take()
        assert lock.locked()
    assert not lock.locked()


async def test_who_edits_nothing_waits_for_nobody() -> None:
    one, two = Turn(), Turn()
    async with one, two:
        one.give_up()
