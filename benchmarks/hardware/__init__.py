"""Power of hundreds to ten thousand BMCs: cold and with sessions kept, flat and through service nodes, with dead ones among
them, and after all BMCs have forgotten their sessions; side by side with ipmipower and ipmitool on the same BMCs.

`python -m benchmarks hardware` measures all of it; `--sizes 200,1000` and `--runs 3` choose.
"""

from benchmarks.hardware.measure import main

__all__ = ["main"]
