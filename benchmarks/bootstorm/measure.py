"""Runs the storm, and gives its figures."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.bootstorm.place import Place, place
from benchmarks.client import cpu_of
from benchmarks.table import Measured, show
from tests.helpers.alone import typed, until

NODES = 1_000


def main(options: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks bootstorm", allow_abbrev=False)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--server", choices=("kea", "isc"), default="kea", help="of DHCP")
    chosen = parser.parse_args(options)
    with place(chosen.nodes, chosen.server) as storm:
        rows, failed = _measured(storm, chosen.nodes)
    show("bootstorm", rows, keep=chosen.nodes == NODES and chosen.server == "kea")
    for kind, count in sorted(failed.items(), key=lambda item: -item[1]):
        print(f"{count} failed: {kind}")
    return 1 if failed else 0


def _measured(storm: Place, size: int) -> tuple[list[Measured], Mapping[str, int]]:
    daemons = {"service node": storm.hosts.sn, "management node": storm.hosts.mn}
    before = {name: cpu_of(daemon) for name, daemon in daemons.items()}
    began = time.monotonic()
    seen = storm.play()
    spent = time.monotonic() - began
    failed = dict(seen["failed"])
    if not failed:
        until(lambda: _booted(storm) == size, "all nodes booted in nodelist")
    stored = time.monotonic() - began
    if missing := size - _booted(storm):
        failed["nodes that are not booted in nodelist"] = missing
    cpu = {name: cpu_of(daemon) - before[name] for name, daemon in daemons.items()}
    rows = list(_rows(seen, size, spent, stored, cpu))
    rows.append(Measured("nodesets for all that said next", _steps(storm), "", 1))
    return rows, failed


def _rows(
    seen: Mapping[str, Any], size: int, spent: float, stored: float, cpu: Mapping[str, float]
) -> Iterator[Measured]:
    calls = sum(map(len, seen["calls"].values()))
    yield Measured("calls in all", calls, "", 1)
    yield Measured("calls that failed", sum(seen["failed"].values()), "", 1, aim=0)
    yield Measured(f"{size:,} nodes booted, half of them after an installation", round(spent, 2), "s", 1)
    yield Measured("all of them booted in nodelist", round(stored, 2), "s", 1)
    yield Measured("read by the nodes", round(seen["octets"] / 1e6), "MB", 1)
    for kind, times in seen["again"].items():
        yield Measured(f"{kind} asked again after silence", times, "", 1)
    yield from (Measured(f"daemon of the {name}, CPU", round(used, 2), "s", 1) for name, used in cpu.items())
    yield from _spread("one node, from its switch to booted", seen["whole"])
    for kind, times in seen["calls"].items():
        yield from _spread(kind, times)


def _spread(what: str, seconds: Sequence[float]) -> Iterator[Measured]:
    if len(seconds) > 1:
        yield Measured(what, round(statistics.median(seconds), 3), "s", len(seconds))
        yield Measured(f"{what}, p99", round(statistics.quantiles(seconds, n=100)[98], 3), "s", len(seconds))


def _steps(storm: Place) -> int:
    said = json.loads(typed(storm.hosts.mn, "xcathist --json -n 0"))
    entries = [item["attributes"] for item in said]
    return sum(one.get("command") == "nodeset" and one.get("words", "").endswith(" next") for one in entries)


def _booted(storm: Place) -> int:
    return typed(storm.hosts.mn, "nodels storm nodelist.status").count(": booted\n")
