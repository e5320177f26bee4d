"""Keeping the tables of the daemons below as ours: all of them at first, then what changes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from xcatd.errors import StoreError, XcatError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.tables import Arriving, table_to_json
from xcatd.protocol.frames import Kind
from xcatd.store import Snapshot, Store

log = logging.getLogger(__name__)

ReadRevoked = Callable[[], str]
"""Gives the text of the revocation list, "" when there is none."""


class Followed(Store, Protocol):
    """A store that says what changes."""

    def on_change(self, listener: Callable[[frozenset[str], Snapshot], None]) -> Callable[[], None]: ...


class Feed:
    """Sends tables and the revocation list to those who follow, and takes their writes."""

    def __init__(self, store: Followed, revoked: ReadRevoked) -> None:
        self._store = store
        self._revoked = revoked
        self._dirty: dict[Link, set[str]] = {}
        self._arriving: dict[tuple[Link, int], Arriving] = {}
        self._news = asyncio.Event()
        store.on_change(self._changed)

    def _changed(self, tables: frozenset[str], snapshot: Snapshot) -> None:
        for dirty in self._dirty.values():
            dirty.update(tables)
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def follow(self, link: Link, fed: Callable[[], None]) -> None:
        """Serve one follower until its link ends. `fed` is called when all tables have been sent for the first time."""
        self._dirty[link] = {name for name, table in self._store.schema.tables.items() if not table.log}
        sent = None
        try:
            while link.alive:
                news = self._news
                revoked = self._revoked()
                if revoked != sent:
                    sent = revoked
                    link.send(Kind.SNAPSHOT, 1, revoked.encode())
                if await self._send(link):
                    fed()
                    fed = _nothing
                await news.wait()
        finally:
            del self._dirty[link]
            self._arriving = {key: write for key, write in self._arriving.items() if key[0] is not link}

    async def _send(self, link: Link) -> bool:
        """Send the tables that have changed. False when there are none yet."""
        if not self._dirty[link]:
            return True
        try:
            snapshot = self._store.snapshot
        except StoreError:
            return False  # this daemon waits for its own tables; their coming is a change
        names, self._dirty[link] = self._dirty[link], set()
        for name in sorted(names):
            for piece in table_to_json(snapshot.table(name)):
                link.send(Kind.SNAPSHOT, 0, piece)
                await link.wire.drain()
                await asyncio.sleep(0)  # a large table lets others have their turn
        link.send(Kind.SNAPSHOT, 0, json.dumps({"complete": True}).encode())
        return True

    def revoked(self) -> None:
        """The revocation list has changed."""
        self._wake()

    async def write(self, link: Link, number: int, payload: bytes) -> None:
        """Take a piece of a write that a follower asks for. With the last one, do it and tell the follower how it went.

        A piece without bytes takes back those that have come.
        """
        if not payload:
            self._arriving.pop((link, number), None)
            return
        outcome = {"error": ""}
        with link.held():
            try:
                write = self._arriving.setdefault((link, number), Arriving())
                if not write.take(payload):
                    return
                author = replace(write.origin, user=f"{write.origin.user} at {link.name}")
                del self._arriving[link, number]
                await self._store.write(write.changes, author=author)
            except XcatError as failed:
                self._arriving.pop((link, number), None)
                outcome = {"error": str(failed), "code": failed.code}
                log.warning("write from %s refused: %s", link.name, failed)
            link.send(Kind.UPDATE, number, json.dumps(outcome).encode())


def _nothing() -> None:
    """What is left to do when all tables have been sent once."""
