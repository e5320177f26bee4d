"""`make bench`: run all benchmarks, or those named on the command line; print tables and write JSON into benchmarks/results/.

`python -m benchmarks scale OPTIONS` runs a part of that one: see benchmarks/scale.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE / "client"), str(SOURCE / "certs")]

NAMES = ("client", "load", "start", "power")


def main() -> int:
    from benchmarks import scale
    from benchmarks.table import show

    wanted = sys.argv[1:] or [*NAMES, "scale"]
    if wanted[0] == "scale" and len(wanted) > 1:
        return scale.main(wanted[1:])
    if unknown := set(wanted) - {*NAMES, "scale"}:
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}, scale", file=sys.stderr
        )
        return 2
    for name in wanted:
        if name == "scale":
            scale.main([])
        else:
            show(name, importlib.import_module(f"benchmarks.{name}").measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
