"""Question and answer with one BMC over a network that loses, repeats and reorders: asked again until answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar

from xcatd.hardware.ipmi.transport import Address, Transport

LONGEST_WAIT = 8
"""Times the shortest one: how far the time until a question is repeated grows by doubling."""

T = TypeVar("T")


class Silence(Exception):
    """No answer, however often the question was sent. Stays within this package."""


class Conversation:
    """One question at a time to one address. `heard` counts the answers, `repeats` the datagrams sent again.

    A BMC that was slow to answer gets more time before the next question is repeated: some take a repeated step of
    the log-in for a new one, and answer it differently.
    """

    __slots__ = (
        "_accept",
        "_answer",
        "_counted",
        "_longest",
        "_loop",
        "_shortest",
        "_timer",
        "_transport",
        "_wait",
        "address",
        "heard",
        "repeats",
    )

    def __init__(self, transport: Transport, address: Address) -> None:
        self._transport = transport
        self.address = address
        self._loop = asyncio.get_running_loop()
        self._accept: Callable[[bytes], object | None] | None = None
        self._answer: asyncio.Future[Any]
        self._timer: asyncio.TimerHandle
        self._counted = False
        self._wait = self._shortest = transport.repeat_after
        self._longest = LONGEST_WAIT * transport.repeat_after
        self.heard = 0
        self.repeats = 0
        transport.attach(address, self)

    async def ask(self, build: Callable[[], bytes], accept: Callable[[bytes], T | None], tries: int | None = None) -> T:
        """Send what `build` gives, again and again, until `accept` finds the answer in a datagram.

        `build` is called for each datagram, as each has a sequence number of its own; `accept` returns None for what
        is not the answer. `tries`: how many datagrams until Silence (None: until the caller's deadline).
        OSError: the network says that they cannot be delivered.
        """
        await self._transport.window.acquire()
        self._counted = True
        self._answer = self._loop.create_future()
        self._accept = accept
        begun = self._loop.time()
        try:
            self._transmit(build, tries, self._wait)
            outcome: T | OSError | Silence = await self._answer
        finally:
            self._timer.cancel()
            self._accept = None
            self._uncount()
        if isinstance(outcome, (OSError, Silence)):
            raise outcome
        self.heard += 1
        self._wait = min(max(2 * (self._loop.time() - begun), self._shortest), self._longest)
        return outcome

    def tell(self, datagram: bytes) -> None:
        """Send a datagram and expect no answer to it."""
        self._transport.send(self.address, datagram)

    def end(self) -> None:
        """Hear no more."""
        self._transport.detach(self.address, self)

    def received(self, datagram: bytes) -> None:
        if self._accept is not None and not self._answer.done() and (answer := self._accept(datagram)) is not None:
            self._answer.set_result(answer)

    def failed(self, error: OSError) -> None:
        self._end_with(error)

    def _transmit(self, build: Callable[[], bytes], tries: int | None, wait: float) -> None:
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - jitter is no secret
        left = None if tries is None else tries - 1
        self._timer = self._loop.call_later(wait * jitter, self._again, build, left, min(2 * wait, self._longest))
        self._transport.send(self.address, build())

    def _again(self, build: Callable[[], bytes], left: int | None, wait: float) -> None:
        has_read_all = self._transport.catch_up(self.address)
        if self._answer.done():
            return
        if not has_read_all:  # the answer may be among the rest
            self._timer = self._loop.call_later(0, self._again, build, left, wait)
            return
        self._uncount()  # what has no answer by now is lost, and fills nobody's buffer
        if left == 0:
            self._end_with(Silence())
        else:
            self.repeats += 1
            self._transmit(build, left, wait)

    def _end_with(self, trouble: OSError | Silence) -> None:
        # As a result, not as the future's exception: nobody would fetch that one after a cancellation.
        if self._accept is not None and not self._answer.done():
            self._answer.set_result(trouble)

    def _uncount(self) -> None:
        if self._counted:
            self._counted = False
            self._transport.window.release()
