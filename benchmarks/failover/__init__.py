"""A service node of 1,000 nodes is killed: how long until the next `rpower` of its nodes, until their consoles are attached again,
and until the other one of the pool gives addresses and boot files, by itself or after an automatic takeover.

`python -m benchmarks failover` measures all of it; `--nodes`, `--runs` and `--only power,consoles,boot,takeover` choose.
"""

from benchmarks.failover.measure import main

__all__ = ["main"]
