"""What this daemon knows of its own condition and of those directly below it, as facts for `lsdaemons` and `xcatstatus --tree`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from xcatd.errors import StoreError
from xcatd.services.health.state import HealthView
from xcatd.services.health.telling import FACT, fact_of
from xcatd.store import Store

OWN = "own database"
NOT_THERE = "have not arrived"


@dataclass(frozen=True, slots=True)
class Condition:
    """`is_own`: the tables are read from the database itself, not from the daemon above."""

    store: Store
    is_own: Callable[[], bool]
    health: HealthView

    def __call__(self) -> Mapping[str, str]:
        """The facts by name."""
        now = asyncio.get_running_loop().time()
        healths = self.health.healths().items()
        return {
            "load": f"{os.getloadavg()[0] / (os.cpu_count() or 1):.2f}",
            "tables": self._age(),
            **{f"{FACT}{name}": fact_of(health, now) for name, health in healths},
        }

    def _age(self) -> str:
        """How long ago the tables were told to be current. A copy is, as long as there is a link on which all changes come."""
        try:
            _ = self.store.snapshot
        except StoreError:
            return NOT_THERE
        if (outage := self.store.outage) is not None:
            return f"{max(0, int((datetime.now(UTC) - outage.since).total_seconds()))}s old"
        return OWN if self.is_own() else "0s old"
