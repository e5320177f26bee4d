"""Two management nodes on one PostgreSQL: from a fault of the active one until a command is carried out by the other one."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.table import Measured, median
from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon
from tests.helpers.databases import private_postgres
from tests.helpers.pair import Pair, build_pair, end, pid_of, running_pair

RUNS = 5
NODES = 10_000
AIM = 10.0
"""Seconds for another one to take over."""

Fault = Callable[[Pair, Daemon], None]


def measure() -> list[Measured]:
    with (
        tempfile.TemporaryDirectory() as folder,
        private_postgres() as server,
        running_pair(server, build_pair(Path(folder))) as pair,
    ):
        active, _ = pair.two()
        typed(active, f"nodeadd n[1-{NODES}] groups=all noderes.servicenode=sn1")
        return list(_measured(pair))


def _measured(pair: Pair) -> Iterator[Measured]:
    for what, fault in _FAULTS.items():
        yield median(f"{what}, until the next write", [_until_write(pair, fault) for _ in range(RUNS)], "s", aim=AIM)
    follow = [_until_linked(pair) for _ in range(RUNS)]
    yield median("kill -9, until the service node is linked to the other one", follow, "s", aim=AIM)


def _until_write(pair: Pair, fault: Fault) -> float:
    """One that is in doubt may still take a command, and fail: so it is typed when another one says that it is active."""
    active, other = pair.two()
    began = time.perf_counter()
    fault(pair, active)
    asked = (active, other) if fault is _restart else (other,)
    while not (found := [each for each in asked if pair.part(each.name) == "active"]):
        time.sleep(0.05)
    typed(found[0], f"chtab key=written site.value={began}")
    took = time.perf_counter() - began
    if pid := pid_of(active):
        os.kill(pid, signal.SIGCONT)
    return took


def _until_linked(pair: Pair) -> float:
    active, other = pair.two()
    began = time.perf_counter()
    end(active, signal.SIGKILL)
    while "link sn1: up" not in other.run("lsdaemons").stdout:
        time.sleep(0.05)
    return time.perf_counter() - began


def _kill(pair: Pair, daemon: Daemon) -> None:
    end(daemon, signal.SIGKILL)


def _stop(pair: Pair, daemon: Daemon) -> None:
    end(daemon)


def _freeze(pair: Pair, daemon: Daemon) -> None:
    os.kill(pid_of(daemon), signal.SIGSTOP)


def _cut(pair: Pair, daemon: Daemon) -> None:
    pair.wires[daemon.name].stall()


def _restart(pair: Pair, daemon: Daemon) -> None:
    pair.server.stop()
    pair.server.start()


_FAULTS: dict[str, Fault] = {
    "kill -9 of the active one": _kill,
    "systemctl stop of it": _stop,
    "SIGSTOP of it": _freeze,
    "it is cut off from the database": _cut,
    "the database is restarted": _restart,
}
