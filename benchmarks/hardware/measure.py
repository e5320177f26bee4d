"""The runs, and the rows that they give."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.client import cpu_of
from benchmarks.hardware.beside import beside
from benchmarks.hardware.others import ipmipower, ipmitool
from benchmarks.hardware.place import Place, crowded
from benchmarks.lag import lag, p99
from benchmarks.table import Measured, median, show

SIZES = (200, 500, 1000, 10_000)
RUNS = 5
COLD, KEPT = {10_000: 15.0}, {10_000: 4.0}
"""Aims in seconds; for the smaller sizes they are multiples of what ipmipower takes."""
TIMES = 1.2
FEW = 200
"""BMCs that a process each is started for."""


def main(options: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks hardware")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args(options)
    rows: list[Measured] = []
    for count in map(int, chosen.sizes.split(",")):
        for some in (_flat, _dead, _below):
            with tempfile.TemporaryDirectory() as folder:
                rows += some(Path(folder), count, chosen.runs)
    show("hardware", rows)
    return 0


def _flat(folder: Path, count: int, runs: int) -> Iterator[Measured]:
    with crowded(folder, count) as place:
        theirs = [ipmipower(place.hosts()) for _ in range(runs)]
        middle = statistics.median(theirs)
        yield median(f"ipmipower, {count} BMCs", theirs, "s")
        if count == FEW:
            yield median(f"ipmitool, a process each, {count} BMCs", [ipmitool(place.hosts()) for _ in range(2)], "s")
        cold, cpu = zip(*[_cold(place) for _ in range(runs)], strict=True)
        yield median(f"rpower stat, {count} BMCs, cold", cold, "s", aim=COLD.get(count, round(TIMES * middle, 3)))
        yield median("the same, daemon CPU", cpu, "s")
        yield from _meanwhile(place, count)
        before = cpu_of(place.mn)
        kept = [place.stat().end for _ in range(runs)]
        yield median(f"rpower stat, {count} BMCs, sessions kept", kept, "s", aim=KEPT.get(count, round(middle, 3)))
        yield Measured("the same, daemon CPU", round((cpu_of(place.mn) - before) / runs, 3), "s", runs)
        yield median(f"rpower stat, {count} BMCs, all have forgotten", [_storm(place) for _ in range(runs)], "s")


def _cold(place: Place) -> tuple[float, float]:
    """Wall and daemon CPU of the first run of a daemon."""
    place.restart()
    before = cpu_of(place.mn)
    took = place.stat().end
    return took, cpu_of(place.mn) - before


def _storm(place: Place) -> float:
    place.forget()
    return place.stat().end


def _meanwhile(place: Place, count: int) -> Iterator[Measured]:
    """What others feel during a cold run."""
    place.restart()
    before = lag(place.metrics)
    with beside(place) as found:
        place.stat()
    late = p99(before, lag(place.metrics))
    slow = sorted(found.times)[min(len(found.times) - 1, int(0.99 * len(found.times)))]
    yield Measured(f"nodels beside it, p99, {count} BMCs", round(slow, 3), "s", len(found.times), aim=0.2)
    yield Measured("loop lag meanwhile, p99 not above", late, "s", 1, aim=0.05)


def _dead(folder: Path, count: int, runs: int) -> Iterator[Measured]:
    """One BMC in ten says nothing."""
    with crowded(folder, count, deaf=count // 10) as place:
        cold, again = [], []
        for _ in range(max(1, runs // 2)):
            place.restart()
            cold.append(place.stat())
            again.append(place.stat())
        name = f"{count} BMCs, a tenth dead"
        yield median(f"the living answer, {name}, cold", [each.living for each in cold], "s")
        yield median(f"the living answer, {name}, sessions kept", [each.living for each in again], "s")
        yield median(f"the dead are reported, {name}", [each.end for each in cold], "s")


def _below(folder: Path, count: int, runs: int) -> Iterator[Measured]:
    """Through two service nodes."""
    with crowded(folder, count, below=True) as place:
        cold, kept = [], []
        for _ in range(max(1, runs // 2)):
            place.restart()
            cold.append(place.stat().end)
            kept.append(place.stat().end)
        yield median(f"rpower stat, {count} BMCs, through two service nodes, cold", cold, "s")
        yield median(f"rpower stat, {count} BMCs, through two service nodes, sessions kept", kept, "s")
