"""A node that hangs: how long it neither said nor took anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from xcatd.errors import TimedOut

_T = TypeVar("_T")


class Silence:
    """Counts from when it is made. What took place here, such as waiting for the disk, counts too: `-t` is meant generously."""

    def __init__(self) -> None:
        self._last = asyncio.get_running_loop().time()

    def broken(self) -> None:
        """Something went to or fro."""
        self._last = asyncio.get_running_loop().time()

    async def watch(self, most: float) -> None:
        """Raises TimedOut when it is longer than so many seconds."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._last + most - loop.time()
            if left <= 0:
                raise TimedOut(
                    f"it took nothing and said nothing for {most:g} s, so it was given up: -t takes more seconds"
                )
            await asyncio.sleep(max(left, most / 10))


async def bounded(most: float | None, work: Callable[[Silence], Awaitable[_T]]) -> _T:
    """Do the work, which says when it hears of the node, and give it up when it does not for `most` seconds; None: never.

    Raises TimedOut and the first error of the work, also one that came in a group.
    """
    quiet = Silence()
    try:
        async with asyncio.TaskGroup() as group:
            watching = None if most is None else group.create_task(quiet.watch(most))
            result = await work(quiet)
            if watching is not None:
                watching.cancel()
            return result
    except BaseExceptionGroup as several:
        raise _first(several) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
