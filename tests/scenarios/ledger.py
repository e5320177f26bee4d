"""What was said of each node, beside what its BMC has been told."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.scenarios.actions import Verdict
from tests.scenarios.site import POOLS, Site

BOUNDS = {Verdict.OK: (1, 1), Verdict.UNKNOWN: (0, 1), Verdict.FAILED: (0, 0)}
"""How often a change has been done of which that was said: at the least, and at the most."""


@dataclass
class Ledger:
    """Of orders to BMCs since it was made."""

    site: Site
    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.least = {node: self._orders(node) for node in POOLS}
        self.most = dict(self.least)

    def enter(self, verdicts: Mapping[str, Verdict], done: subprocess.CompletedProcess[str]) -> None:
        """A command that would change each of these nodes once has ended."""
        self.said.append(f"{done.args} {done.returncode} {done.stdout} {done.stderr}")
        for node, verdict in verdicts.items():
            least, most = BOUNDS[verdict]
            self.least[node] += least
            self.most[node] += most

    def check(self) -> None:
        """AssertionError: a BMC has been told more often than was said, or less often."""
        orders = {node: self._orders(node) for node in POOLS}
        wrong = {node for node in POOLS if not self.least[node] <= orders[node] <= self.most[node]}
        assert not wrong, (wrong, orders, self.least, self.most, self.said)

    def _orders(self, node: str) -> int:
        return len(self.site.bmcs[node].bmc.controls)
