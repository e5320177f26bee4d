"""Which nodes of a command are worked on when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Batch:
    """Nodes that are worked on side by side.

    They begin `begins` seconds after the command at the earliest, and `pause` seconds after all nodes of `behind` have ended
    well. When one of those has not, these are left alone. `pools`: of some of them, the service nodes that may work on them now,
    in the place of those that the tables say.
    """

    nodes: tuple[str, ...]
    begins: float = 0.0
    behind: frozenset[str] = frozenset()
    pause: float = 0.0
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
