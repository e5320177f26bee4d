"""Which nodes of a command are worked on when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Nodes that are worked on side by side.

    They begin `begins` seconds after the command at the earliest, and `pause` seconds after all nodes of `behind` have ended
    well. When one of those has not, these are left alone.
    """

    nodes: tuple[str, ...]
    begins: float = 0.0
    behind: frozenset[str] = frozenset()
    pause: float = 0.0
