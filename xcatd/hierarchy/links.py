"""The links of this daemon: to the one above, and to those below."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from xcatd.errors import Loop, OtherVersion
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.versions import Side, why_apart

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds after this daemon's start for which a link from below is waited for rather than declared dead: who is below tries
every 2 s, and a busy host needs some more for the greeting."""

RESTART = 10.0
"""Seconds for which the link to the daemon above is waited for after its loss: a restart there, which reads the tables of
the whole cluster, takes some of them."""

T = TypeVar("T")


class Links:
    """Live links by the name in the peer's certificate; at most one per peer, the newest."""

    def __init__(self) -> None:
        self._below: dict[str, Link] = {}
        self._gone: dict[str, float] = {}
        self._refused: dict[str, str] = {}
        """Who has called and was not taken in, and why."""
        self._versions: dict[str, str] = {}
        """The version of each daemon when it greeted last."""
        self._above: Link | None = None
        self.above_is_down = False
        """Whether the daemon above is known not to run: it has said goodbye, or nothing listened where it should be; until a link
        is up again."""
        self._started = self._fell = time.monotonic()
        self._changed = asyncio.Event()

    def begin(self) -> None:
        """This daemon works from now on only: links are waited for as after a start."""
        self._started = self._fell = time.monotonic()

    @property
    def above(self) -> Link | None:
        """The link to the daemon above us, if it is alive."""
        return self._above if self._above is not None and self._above.alive else None

    @property
    def path(self) -> tuple[str, ...]:
        """The daemons above us, nearest first, as far as we know."""
        above = self.above
        return () if above is None else (above.name, *above.above)

    def rise(self, link: Link, me: str) -> None:
        """The link that we dialled is up. Raises Loop when it leads to somebody who is below us."""
        path = (link.name, *link.above)
        for below in (me, *self._below):
            if below in path:
                raise Loop(_circle(me, path, below))
        self._above, self.above_is_down = link, False
        self._news()

    def admit(self, name: str, me: str) -> None:
        """Somebody wants to be below us. Raises Loop when it is above us."""
        if name in self.path:
            raise Loop(_circle(me, self.path, name))

    def meet(self, peer: Side, me: Side) -> None:
        """Somebody has greeted: another version that links with ours is logged once. Raises OtherVersion for one that does not;
        then `why_not` says so, until it is taken in."""
        if why := why_apart(peer, me):
            self._refused[peer.name] = why
            self._news()
            raise OtherVersion(why)
        if self._versions.get(peer.name, me.version) != peer.version:
            log.warning("%s runs %s, this daemon %s", peer.name, peer.version, me.version)
        self._versions[peer.name] = peer.version

    def join(self, link: Link) -> None:
        """A daemon below has called; an older link of the same name is left to end its requests."""
        old = self._below.get(link.name)
        self._below[link.name] = link
        self._gone.pop(link.name, None)
        self._refused.pop(link.name, None)
        if old is not None and old.alive:
            old.say_goodbye("a newer connection of the same name took its place")
        self._news()

    def leave(self, link: Link) -> None:
        if self._above is link:
            self._above = None
            self._fell = time.monotonic()
        if self._below.get(link.name) is link:
            del self._below[link.name]
            self._gone[link.name] = time.monotonic()

    def find(self, name: str) -> Link | None:
        """The link to a daemon below, by its full or short name; also one that we have said goodbye to, until it closes."""
        for wanted in (name, name.partition(".")[0]):
            link = self._below.get(wanted)
            if link is not None and not link.wire.lost:
                return link
        return None

    @property
    def below(self) -> Iterator[Link]:
        return iter(list(self._below.values()))

    async def wait_above(self) -> Link | None:
        """The link to the daemon above; shortly after its loss (RESTART) it is waited for."""
        return await self._wait(lambda: self.above, lambda: self.above is not None, self._fell + RESTART)

    async def wait_for(self, name: str) -> Link | None:
        """The link to `name`, waiting for its first call while this daemon is young (GRACE)."""
        return await self._wait(lambda: self.find(name), lambda: self._was_here(name), self._started + GRACE)

    async def _wait(self, find: Callable[[], T | None], known: Callable[[], bool], deadline: float) -> T | None:
        """What `find` gives, as soon as it is `known`, or at the deadline."""
        while not known():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
        return find()

    def _was_here(self, name: str) -> bool:
        return any(
            each in known
            for each in (name, name.partition(".")[0])
            for known in (self._gone, self._below, self._refused)
        )

    def why_not(self, name: str) -> str:
        """Why there is no link, in a few words for an operator."""
        if refused := self._refused.get(name) or self._refused.get(name.partition(".")[0]):
            return refused
        gone = self._gone.get(name) or self._gone.get(name.partition(".")[0])
        if gone is None:
            return f"{name} has not connected since this daemon started"
        return f"{name} lost {time.monotonic() - gone:.0f} s ago"

    def _news(self) -> None:
        self._changed.set()


def _circle(me: str, path: tuple[str, ...], below: str) -> str:
    way = " -> ".join((me, *path[: path.index(below) + 1]))
    return f"The masters form a circle ({way}): correct `master` in xcatd.yaml of one of these hosts"
