"""The tables of a host that does not run."""

from __future__ import annotations

import asyncio

from xcatd.daemon.paths import Paths
from xcatd.store import Change, Snapshot, open_store


def tables(paths: Paths) -> Snapshot:
    return asyncio.run(_write(paths, ()))


def change(paths: Paths, *changes: Change) -> None:
    asyncio.run(_write(paths, changes))


async def _write(paths: Paths, changes: tuple[Change, ...]) -> Snapshot:
    store = await open_store(paths.database)
    try:
        await store.write(changes, author="test")
        return store.snapshot
    finally:
        await store.close()
