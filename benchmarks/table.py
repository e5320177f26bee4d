"""What a benchmark gives: rows with what was measured, what is aimed at, and what the reference did."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: the median of `runs` runs. `most` says that less is better, otherwise more is."""

    what: str
    value: float
    unit: str
    runs: int
    aim: float | None = None
    most: bool = True
    reference: str = ""

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        return "reached" if (self.value <= self.aim if self.most else self.value >= self.aim) else "missed"


def median(what: str, values: Sequence[float], unit: str, **more: object) -> Measured:
    return Measured(what, round(statistics.median(values), 3), unit, len(values), **more)  # type: ignore[arg-type]


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} CPUs, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def show(name: str, rows: Sequence[Measured], *, keep: bool = True) -> None:
    """Print a table, and with `keep` write it as JSON beside this file."""
    print(f"\n{name} ({machine()}; load average before: {os.getloadavg()[0]:.1f})")
    head = ("what", "median", "unit", "runs", "aim", "", "reference (xCAT 2.19)")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    if not keep:
        return
    RESULTS.mkdir(exist_ok=True)
    document = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def _cells(row: Measured) -> tuple[str, ...]:
    sign = "<=" if row.most else ">="
    aim = "" if row.aim is None else f"{sign} {row.aim:g}"
    return row.what, f"{row.value:g}", row.unit, str(row.runs), aim, row.verdict, row.reference
