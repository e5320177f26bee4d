"""`make bench`: run all benchmarks, or those named on the command line; print tables and write JSON into benchmarks/results/."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE / "client"), str(SOURCE / "certs")]

NAMES = ("client", "load", "start", "power")


def main() -> int:
    from benchmarks.table import show

    wanted = sys.argv[1:] or list(NAMES)
    if unknown := set(wanted) - set(NAMES):
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in wanted:
        show(name, importlib.import_module(f"benchmarks.{name}").measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
