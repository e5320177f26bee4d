"""Measuring the same on each engine in turn, and showing it in columns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.databases.places import Place
from benchmarks.table import RESULTS, Measured, machine, median


@dataclass(slots=True)
class Line:
    """One thing that was measured, by engine. `aims`: by engine, where they differ."""

    what: str
    unit: str = "s"
    aims: Mapping[str, float] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, engine: str, value: float) -> None:
        self.values.setdefault(engine, []).append(value)

    def measured(self, engine: str) -> Measured:
        return median(self.what, self.values[engine], self.unit, aim=self.aims.get(engine))


def in_turn(places: Sequence[Place], runs: int) -> Iterator[tuple[int, Place]]:
    """Each place in each run; another one comes first each time, so that what else the machine does falls on all."""
    for run in range(runs):
        yield from ((run, places[(run + shift) % len(places)]) for shift in range(len(places)))


def each(line: Line, places: Sequence[Place], runs: int, work: Callable[[Place], float]) -> Line:
    """Measure with `work`, which gives what it found, on each engine in turn."""
    for _, place in in_turn(places, runs):
        line.add(place.engine, work(place))
    return line


def show_columns(name: str, settings: Mapping[str, str], lines: Sequence[Line], *, keep: bool = True) -> None:
    """Print a table with a column for each engine, and write all of it as JSON."""
    print(f"\n{name} ({machine()}; load average: {os.getloadavg()[0]:.1f})")
    for engine, told in settings.items():
        print(f"  {engine}: {told}")
    engines = list(settings)
    rows = [("what", "unit", "runs", *engines, "aim"), *(_cells(line, engines) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if keep:
        RESULTS.mkdir(exist_ok=True)
        found = [asdict(line.measured(engine)) | {"engine": engine} for line in lines for engine in line.values]
        document = {"machine": machine(), "load": os.getloadavg()[0], "settings": dict(settings), "rows": found}
        (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def _cells(line: Line, engines: Sequence[str]) -> tuple[str, ...]:
    found = {engine: line.measured(engine) for engine in engines if engine in line.values}
    shown = [_cell(found[engine]) if engine in found else "" for engine in engines]
    runs = str(max(each.runs for each in found.values()))
    aims = dict.fromkeys(f"<= {aim:g}" for aim in line.aims.values())
    return line.what, line.unit, runs, *shown, " / ".join(aims)


def _cell(found: Measured) -> str:
    return f"{found.value:g}{' missed' if found.verdict == 'missed' else ''}"
