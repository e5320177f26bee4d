"""`make bench`: run all benchmarks, or those named on the command line; print tables and write JSON into benchmarks/results/.

`python -m benchmarks scale OPTIONS` and `python -m benchmarks databases OPTIONS` run a part of those: see their folders.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE / "client"), str(SOURCE / "certs")]

NAMES = (
    "client",
    "load",
    "start",
    "power",
    "hosts",
    "dhcp",
    "dns",
    "nodestatus",
    "shell",
    "nodeset",
    "snmove",
    "images",
    "heartbeats",
    "standby",
)
FOLDERS = ("scale", "databases", "hardware", "consoles", "bootstorm", "failover")


def main() -> int:
    from benchmarks.table import show

    wanted = sys.argv[1:] or [*NAMES, *FOLDERS]
    if wanted[0] in FOLDERS and len(wanted) > 1 and wanted[1].startswith("-"):
        return _folder(wanted[0], wanted[1:])
    if unknown := set(wanted) - {*NAMES, *FOLDERS}:
        there = ", ".join([*NAMES, *FOLDERS])
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {there}", file=sys.stderr)
        return 2
    status = 0
    for name in wanted:
        if name in FOLDERS:
            status |= _folder(name, [])
        else:
            show(name, importlib.import_module(f"benchmarks.{name}").measure())
    return status


def _folder(name: str, options: list[str]) -> int:
    """A benchmark that takes options; gives its exit status."""
    return int(importlib.import_module(f"benchmarks.{name}").main(options))


if __name__ == "__main__":
    sys.exit(main())
