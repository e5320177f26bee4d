"""How soon, and for how much CPU, a daemon sees what another program has written into its database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from benchmarks.databases.places import ENGINES, MARIADB, POSTGRES, SQLITE, Place
from benchmarks.databases.side import Line
from benchmarks.scale.measure import cpu_exactly
from xcatd.daemon.tables import WATCH
from xcatd.store import News, Snapshot, SqlStore, make_store

_CHANGES = 20
_PAUSE = 1.2
"""Seconds between two changes: more than a daemon sleeps between two looks."""
_PATIENCE = 30.0


def foreign(places: Sequence[Place], nodes: int) -> list[Line]:
    """With the daemons running."""
    cpu = Line("foreign change of one row, daemon CPU above idleness", "ms", dict.fromkeys(ENGINES, 5.0))
    idle = Line("CPU of an idle daemon in 10 s", "ms")
    aims = {SQLITE: 1000.0, POSTGRES: 50.0, MARIADB: 1000.0}
    seen = Line("foreign change of one row, from its statement until a snapshot has it", "ms", aims)
    for place in places:
        resting = _cpu(place, 10.0)
        idle.add(place.engine, resting * 1000)
        busy = _cpu(place, _CHANGES * _PAUSE, partial(_change, place, nodes, "cpu"))
        cpu.add(place.engine, (busy - resting * _CHANGES * _PAUSE / 10) / _CHANGES * 1000)
        for late in asyncio.run(_latencies(place, nodes)):
            seen.add(place.engine, late * 1000)
    return [idle, cpu, seen]


def _change(place: Place, nodes: int, text: str, turn: int) -> None:
    place.sql(_statement(nodes, f"{text}{turn}"))


def _statement(nodes: int, text: str) -> str:
    return f"UPDATE nodelist SET comments = '{text}' WHERE node = 'n{nodes // 2}'"


def _cpu(place: Place, seconds: float, change: Callable[[int], None] | None = None) -> float:
    """Seconds of CPU of the daemon in so many seconds, while somebody makes a change from time to time."""
    before, began, turn = cpu_exactly(place.daemon), time.perf_counter(), 0
    while (left := began + seconds - time.perf_counter()) > 0:
        if change is not None and turn < _CHANGES:
            change(turn)
            turn += 1
        time.sleep(min(left, _PAUSE))
    return cpu_exactly(place.daemon) - before


async def _latencies(place: Place, nodes: int) -> list[float]:
    """Seconds from the moment at which another program types a change until a store has it that watches as a daemon's does."""
    store = await make_store(place.location)
    try:
        await store.load()
        async with asyncio.TaskGroup() as tasks, place.writer() as write:
            watching = tasks.create_task(store.watch(WATCH))
            await asyncio.sleep(1)
            found = [await _seen(store, write, nodes, turn) for turn in range(_CHANGES)]
            watching.cancel()
        return found
    finally:
        await store.close()


async def _seen(store: SqlStore, write: Callable[[str], Awaitable[object]], nodes: int, turn: int) -> float:
    moment: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def changed(news: News, snapshot: Snapshot) -> None:
        if not moment.done() and snapshot.table("nodelist").find(f"n{nodes // 2}")[0]["comments"] == f"seen{turn}":
            moment.set_result(time.perf_counter())

    forget = store.on_change(changed)
    began = time.perf_counter()
    await write(_statement(nodes, f"seen{turn}"))
    when = await asyncio.wait_for(moment, _PATIENCE)
    forget()
    await asyncio.sleep(0.13)  # so that looks and changes do not keep step
    return when - began
