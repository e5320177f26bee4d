"""Reports are on disk at once, and in the tables before the reporter's next command, unless the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xcatd.daemon.reports import Reports
from xcatd.model import Origin
from xcatd.store import Outage, Put, SqlStore
from xcatd.store.spool import Spool

BOOTED = [Put("nodelist", {"node": "n1"}, {"status": "booted"}, adds=False)]


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    made = Spool(tmp_path / "spool", again=0.01)
    yield made
    await made.close()


async def test_the_tables_have_it_when_the_reporter_goes_on(store: SqlStore, spool: Spool) -> None:
    await store.write([Put("nodelist", {"node": "n1"}, {})], author="root")
    reports = Reports(spool, store)
    async with asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(spool.deliver(store.write))
        for status in ("installing", "booted"):
            await reports([Put("nodelist", {"node": "n1"}, {"status": status}, adds=False)], Origin("root"))
            assert [row["status"] for row in store.snapshot.table("nodelist").rows] == [status]
        delivering.cancel()


async def test_a_node_that_is_gone_does_not_come_back(store: SqlStore, spool: Spool) -> None:
    async with asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(spool.deliver(store.write))
        await Reports(spool, store)(BOOTED, Origin("root"))
        delivering.cancel()
    assert not store.snapshot.table("nodelist").rows
    assert spool.size == 0


async def test_nobody_waits_for_a_database_that_is_away(store: SqlStore, spool: Spool) -> None:
    store.outage = Outage(datetime.now(UTC), "it is stopped")
    await Reports(spool, store)(BOOTED, Origin("root"))  # nobody delivers: waiting would take a second
    assert spool.size > 0
