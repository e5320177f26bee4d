"""A service node's writes on their way up: each has a token, so that it can be repeated when a link breaks, and is done once.

Nobody can know from a broken link whether a write was done. So it is sent again on the next link, and the management node,
which has the token in its database if it was, does it or says that it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from xcatd.errors import StoreError, Superseded, XcatError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.refusal import told
from xcatd.hierarchy.tables import changes_to_json
from xcatd.model import Origin
from xcatd.protocol.frames import Kind
from xcatd.store import Change
from xcatd.store.changes import Once

PATIENCE = 10.0
"""Seconds after the loss of a link in which a write that was under way is repeated on another one."""
LANES = 16
"""Writes that may be under way side by side. Each lane is a writer of its own, whose numbers come in order."""

Above = Callable[[], Awaitable[Link | None]]
"""Gives the link to the daemon above, as soon as there is one."""


@dataclass(slots=True)
class _Lane:
    writer: str
    serial: int = 0

    def next(self) -> Once:
        self.serial += 1
        return Once(self.writer, self.serial)


@dataclass(slots=True, eq=False)
class _Attempt:
    """A write on one link."""

    link: Link
    is_broken: bool = False
    error: XcatError | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Writes:
    """The writes that are under way."""

    def __init__(self, above: Above, patience: float = PATIENCE) -> None:
        self._above = above
        self._patience = patience
        # The id is new in each process: a successor writes while the one before it still ends its own writes.
        writer = uuid4().hex
        self._lanes: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        for number in reversed(range(LANES)):
            self._lanes.put_nowait(_Lane(f"{writer}.{number}"))
        self._attempts: dict[int, _Attempt] = {}
        self._number = 0
        self._newest: Link | None = None
        self._linked = asyncio.Event()

    async def write(self, changes: Sequence[Change], author: Origin | str, once: Once | None = None) -> None:
        """Have the daemon above write. StoreError when it cannot be reached; else what it raises itself."""
        origin = Origin(author) if isinstance(author, str) else author
        if once is not None:
            await self._deliver(changes, origin, once)
            return
        lane = await self._lanes.get()
        try:
            await self._deliver(changes, origin, lane.next())
        finally:
            self._lanes.put_nowait(lane)

    async def _deliver(self, changes: Sequence[Change], origin: Origin, once: Once) -> None:
        link = await self._above()
        if link is None:
            raise StoreError("The management node cannot be reached, so nothing was written; try again when it is back")
        attempt = await self._try(link, changes_to_json(changes, origin, once))
        deadline = asyncio.get_running_loop().time() + self._patience
        while attempt.is_broken or isinstance(attempt.error, Superseded):
            other = await self._other(attempt.link, deadline)
            if other is None:
                raise StoreError("The link to the management node broke during a write; look before you repeat it")
            attempt = await self._try(other, changes_to_json(changes, origin, once))
        if attempt.error is not None:
            raise attempt.error

    async def _try(self, link: Link, pieces: Iterator[bytes]) -> _Attempt:
        self._number += 1
        number = self._number
        attempt = self._attempts[number] = _Attempt(link, is_broken=link.wire.lost)
        try:
            if not attempt.is_broken:
                with link.held():
                    await _send(link, number, pieces)
                    await attempt.over.wait()
        finally:
            del self._attempts[number]
        return attempt

    async def _other(self, broken: Link, deadline: float) -> Link | None:
        """A live link that is not this one; None when there is none until then."""
        try:
            async with asyncio.timeout_at(deadline):
                while (link := self._newest) is None or link is broken or not link.alive:
                    self._linked.clear()
                    await self._linked.wait()
        except TimeoutError:
            return None
        return link

    def follow(self, link: Link) -> None:
        """There is a link."""
        self._newest = link
        self._linked.set()

    def answered(self, number: int, error: str, code: str = "") -> None:
        """The word of the daemon above on a write; "" = done. `code`: the word of the error's class."""
        attempt = self._attempts.get(number)
        if attempt is not None:
            attempt.error = told(code, error, StoreError) if error else None
            attempt.over.set()

    def cut(self, link: Link) -> None:
        """The link is gone, and nobody knows whether what was under way on it was written."""
        for attempt in self._attempts.values():
            if attempt.link is link and not attempt.over.is_set():
                attempt.is_broken = True
                attempt.over.set()


async def _send(link: Link, number: int, pieces: Iterator[bytes]) -> None:
    """Send a write. One that is cancelled halfway is taken back."""
    sent = False
    try:
        for piece in pieces:
            await link.wire.drain()
            await asyncio.sleep(0)  # a long write lets others have their turn
            link.send(Kind.UPDATE, number, piece)
        sent = True
    finally:
        if not sent:
            link.send(Kind.UPDATE, number)
