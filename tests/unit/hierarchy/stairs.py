"""A daemon with a database and daemons below it, whose links are wires in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.hierarchy.wires import Pair, make, turns
from xcatd.daemon.supervisor import Supervisor
from xcatd.hierarchy import Feed, RemoteStore
from xcatd.hierarchy.feed import DIGESTS, REVOKED, SYNC, TABLES
from xcatd.hierarchy.link import Link
from xcatd.protocol.frames import Kind
from xcatd.store import STANDARD, Put, Schema, SqlStore, Store, open_store
from xcatd.store.replica import Replica


@dataclass
class Stairs:
    """A daemon with a database, and below it others, each of which follows the one above."""

    top: SqlStore
    supervisor: Supervisor
    revocations: str = ""
    fed: int = 0
    feed: Feed = field(init=False)

    def store(self, schema: Schema | None = None, replica: Replica | None = None) -> RemoteStore:
        """The store of a daemon that has no link yet."""

        async def above() -> Link | None:
            link = store._followed
            return link if link is not None and link.alive else None

        store = RemoteStore(above, schema or self.top.schema, replica, patience=5)
        return store

    def below(self, feed: Feed, schema: Schema | None = None) -> tuple[RemoteStore, Pair]:
        """One more daemon below the one of this feed."""
        store = self.store(schema)
        return store, self.connect(feed, store)

    def connect(self, feed: Feed, store: RemoteStore) -> Pair:
        """A link from this store's daemon to the one of this feed."""

        def upper(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
            if kind is Kind.UPDATE:
                self.supervisor.spawn(feed.write(link, stream, payload), "a write")
            elif stream == SYNC:
                feed.asks(link, payload)
            else:
                assert (kind, stream) == (Kind.SNAPSHOT, DIGESTS)
                feed.lacks(link, payload)

        def lower(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
            if kind is Kind.UPDATE:
                store.answered(stream, **json.loads(payload))
            elif stream == REVOKED:
                self.revocations += payload.decode()
            elif stream == DIGESTS:
                self.supervisor.spawn(self._compare(store, link, payload), "comparing")
            elif stream == SYNC:
                store.synced(payload)
            else:
                store.take(link, payload)

        pair = make(self.supervisor, notes=(upper, lower))
        have = store.have
        store.follow(pair.up)
        self.supervisor.spawn(feed.follow(pair.down, self._fed, have), "tables")
        return pair

    def cut(self, store: RemoteStore, pair: Pair) -> None:
        """The link breaks."""
        pair.mn.abort()
        store.cut(pair.up)

    async def _compare(self, store: RemoteStore, link: Link, payload: bytes) -> None:
        link.send(Kind.SNAPSHOT, DIGESTS, await store.compare(link, payload))

    def _fed(self) -> None:
        self.fed += 1


@asynccontextmanager
async def stairs(
    folder: Path, revoked: Callable[[], str] = lambda: "", schema: Schema = STANDARD
) -> AsyncIterator[Stairs]:
    top = await open_store(folder / "xcat.sqlite", schema=schema)
    try:
        async with Supervisor() as supervisor:
            made = Stairs(top, supervisor)
            made.feed = Feed(top, revoked)
            yield made
    finally:
        await top.close()


async def site(store: Store, key: str, value: str) -> None:
    await store.write([Put("site", {"key": key}, {"value": value})], author="root")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await turns(1)


def told(pair: Pair) -> list[str]:
    """What has been sent down about tables: a name for all of a table, with `+` for some of its rows, and `.` at the end."""
    pieces = [
        json.loads(frame.payload) for frame in pair.mn.sent if (frame.kind, frame.stream) == (Kind.SNAPSHOT, TABLES)
    ]
    return ["." if "complete" in piece else piece["table"] + "+" * bool(piece.get("patch")) for piece in pieces]


async def nodes(store: Store, count: int, groups: str = "all") -> None:
    """Define nodes n0, n1, ..."""
    await store.write(
        [Put("nodelist", {"node": f"n{number}"}, {"groups": groups}) for number in range(count)], author="root"
    )


async def group(store: Store, node: str, groups: str) -> None:
    await store.write([Put("nodelist", {"node": node}, {"groups": groups})], author="root")


def rows(store: Store, table: str = "nodelist") -> list[tuple[str | None, ...]]:
    """The rows of a table in their order."""
    return list(store.snapshot.table(table).by_ident.values())
