"""So many at once and no more, in their order."""

from __future__ import annotations

import asyncio

import pytest

from xcatd.errors import ServiceError
from xcatd.remote.fanout import fan_out


@pytest.mark.parametrize(("width", "most"), [(1, 1), (7, 7), (64, 20)])
async def test_never_more_than_the_width(width: int, most: int) -> None:
    begun: list[str] = []
    running = highest = 0

    async def work(name: str) -> None:
        nonlocal running, highest
        begun.append(name)
        running += 1
        highest = max(highest, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1

    names = [f"n{number}" for number in range(20)]
    await fan_out(names, width, work)
    assert (begun, highest, running) == (names, most, 0)


async def test_what_the_work_raises_ends_it() -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        if name == "n2":
            raise ServiceError("enough")
        done.append(name)

    with pytest.raises(BaseExceptionGroup) as raised:
        await fan_out(["n1", "n2", "n3"], 1, work)
    assert (str(raised.value.exceptions[0]), done) == ("enough", ["n1"])
