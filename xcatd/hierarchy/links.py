"""The links of this daemon: to the one above, and to those below."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

from xcatd.hierarchy.link import Link

log = logging.getLogger(__name__)

GRACE = 3.0
"""Seconds after the start in which a daemon that has not called yet is waited for rather than declared dead."""


class Links:
    """Live links by the name in the peer's certificate; at most one per peer, the newest."""

    def __init__(self) -> None:
        self._below: dict[str, Link] = {}
        self._gone: dict[str, float] = {}
        self._above: Link | None = None
        self._started = time.monotonic()
        self._changed = asyncio.Event()

    @property
    def above(self) -> Link | None:
        """The link to the daemon above us, if it is alive."""
        return self._above if self._above is not None and self._above.alive else None

    def rise(self, link: Link) -> None:
        """The link that we dialled is up."""
        self._above = link
        self._news()

    def join(self, link: Link) -> None:
        """A daemon below has called; an older link of the same name is left to end its requests."""
        old = self._below.get(link.name)
        self._below[link.name] = link
        self._gone.pop(link.name, None)
        if old is not None and old.alive:
            old.say_goodbye("a newer connection of the same name took its place")
        self._news()

    def leave(self, link: Link) -> None:
        if self._above is link:
            self._above = None
        if self._below.get(link.name) is link:
            del self._below[link.name]
            self._gone[link.name] = time.monotonic()

    def find(self, name: str) -> Link | None:
        """The live link to a daemon below, by its full or short name."""
        for wanted in (name, name.partition(".")[0]):
            link = self._below.get(wanted)
            if link is not None and link.alive:
                return link
        return None

    def __iter__(self) -> Iterator[Link]:
        yield from list(self._below.values())
        if self._above is not None:
            yield self._above

    async def wait_for(self, name: str) -> Link | None:
        """The link to `name`, waiting for its first call while this daemon is young (GRACE)."""
        deadline = self._started + GRACE
        while (link := self.find(name)) is None and not self._was_here(name):
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return self.find(name)
        return link

    def _was_here(self, name: str) -> bool:
        return name in self._gone or name in self._below

    def why_not(self, name: str) -> str:
        """Why there is no link, in a few words for an operator."""
        gone = self._gone.get(name)
        if gone is None:
            return f"{name} has not connected since this daemon started"
        return f"{name} lost {time.monotonic() - gone:.0f} s ago"

    def _news(self) -> None:
        self._changed.set()
