"""What has come of a request that daemons below were to run, too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Below:
    """`failed`: nodes for which something was said to have failed so far, here or there. `missed`: the daemons directly below that
    did not run it."""

    failed: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
