"""Many nodes at once, but not all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

_BEGINNERS = 16
"""Nodes that begin in one turn of the loop: the others wait for a few milliseconds, and callers do not."""


async def fan_out(names: Iterable[str], width: int, work: Callable[[str], Awaitable[None]]) -> None:
    """Do the work for each name, `width` of them at once, in their order. What the work raises ends it for all."""
    waiting = iter(names)

    async def worker(first: str) -> None:
        await work(first)
        for name in waiting:
            await work(name)

    async with asyncio.TaskGroup() as group:
        for number, name in enumerate(islice(waiting, width), 1):
            group.create_task(worker(name))
            if number % _BEGINNERS == 0:
                await asyncio.sleep(0)
