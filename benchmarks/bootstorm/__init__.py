"""A boot storm: a thousand nodes that are switched on in the same second, against one service node and its servers.

`python -m benchmarks bootstorm` plays 1,000 nodes; `--nodes 200` another number, `--server isc` ISC's DHCP server instead of Kea.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(options: Sequence[str]) -> int:
    """What is imported here is also imported by the program that plays the nodes."""
    from benchmarks.bootstorm.measure import main as measured

    return measured(options)
