"""One after the other, for each name."""

from __future__ import annotations

import asyncio

from tests.unit.hierarchy.wires import turns
from xcatd.hierarchy.order import Order


async def test_who_has_the_same_name_waits_and_others_do_not() -> None:
    order, gates, begun = Order(), {number: asyncio.Event() for number in range(4)}, list[int]()

    async def work(number: int, name: str) -> None:
        async with order.turn(name):
            begun.append(number)
            await gates[number].wait()

    async with asyncio.TaskGroup() as group:
        for number, name in enumerate("aaba"):
            group.create_task(work(number, name))
        await turns()
        assert begun == [0, 2]
        gates[0].set()
        await turns()
        assert begun == [0, 2, 1]
        for gate in gates.values():
            gate.set()
    assert begun == [0, 2, 1, 3]


async def test_a_name_that_nobody_has_is_forgotten_also_when_somebody_gave_up() -> None:
    order = Order()
    async with asyncio.TaskGroup() as group:

        async def wait() -> None:
            async with order.turn("a"):
                raise AssertionError("it was cancelled before")

        async with order.turn("a"):
            waiting = group.create_task(wait())
            await turns()
            waiting.cancel()
            await turns()
    assert order._locks == {}
