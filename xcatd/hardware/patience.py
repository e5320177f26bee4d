"""Trying again when a controller is busy: growing pauses, with jitter, that end before a deadline."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Self, TypeVar

from xcatd.errors import Busy

FIRST_PAUSE = 0.1
"""Seconds before a controller is asked again; doubled each time, up to LONGEST_PAUSE."""
LONGEST_PAUSE = 1.0
DEFAULT_TIMEOUT = 12.0
"""Seconds for one operation on one controller, where the caller does not say."""

T = TypeVar("T")


class Pauses:
    """Growing pauses, with jitter so that a rack does not ask in step, that end before a deadline."""

    __slots__ = ("_deadline", "_loop", "_next")

    def __init__(self, timeout: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeout
        self._next = FIRST_PAUSE

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - self._loop.time()

    async def take(self) -> bool:
        """Pause; False, at once, when no time would be left then: the last answer is worth more than a question cut off."""
        pause = self._next * random.uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret
        if pause + FIRST_PAUSE > self.left:
            return False
        await asyncio.sleep(pause)
        self._next = min(2 * self._next, LONGEST_PAUSE)
        return True


async def patiently(timeout: float, ask: Callable[[float], Awaitable[T]]) -> T:
    """The result of `ask`, which gets the seconds that are left, and is asked again while the controller is Busy."""
    pauses = Pauses(timeout)
    while True:
        try:
            return await ask(pauses.left)
        except Busy:
            if not await pauses.take():
                raise


Watch = Callable[[], AbstractContextManager[None]]
"""Gives what is around each operation, waiting and all: the books are kept there (see `Meter.watch`)."""


class Capability:
    """What all capabilities of a node's hardware have in common."""

    _watch: Watch = staticmethod(nullcontext)

    def watched(self, watch: Watch) -> Self:
        """The same, with its operations watched."""
        self._watch = watch
        return self

    async def _patiently(self, timeout: float, ask: Callable[[float], Awaitable[T]]) -> T:
        with self._watch():
            return await patiently(timeout, ask)
