"""Who asks for nothing is shown out; who does something is not."""

from __future__ import annotations

import asyncio

from tests.helpers.cluster import PATIENCE
from xcatd.server.idle import Idle


class Places:
    """Those who were shown out, in their order."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self.last = asyncio.Event()

    def idle(self, name: str, seconds: float = 0.0) -> Idle:
        return Idle(seconds, lambda: self.closed.append(name))

    async def later(self) -> None:
        """Until a timer that begins now has come to its end, and so all that began before it."""
        last = Idle(0.001, self.last.set)
        last.begin()
        async with asyncio.timeout(PATIENCE):
            await self.last.wait()


async def test_who_does_nothing_is_shown_out_once() -> None:
    places = Places()
    places.idle("a").begin()
    await places.later()
    assert places.closed == ["a"]


async def test_who_does_something_in_time_is_not() -> None:
    places = Places()
    busy = places.idle("busy")
    busy.begin()
    busy.end()
    busy.end()
    await places.later()
    assert places.closed == []
    busy.begin()
    await places.later()


async def test_beginning_again_begins_the_time_anew() -> None:
    places = Places()
    twice = places.idle("twice")
    twice.begin()
    twice.begin()
    await places.later()
    assert places.closed == ["twice"]


async def test_before_the_first_beginning_nothing_runs() -> None:
    places = Places()
    places.idle("new").end()
    await places.later()
    assert places.closed == []
