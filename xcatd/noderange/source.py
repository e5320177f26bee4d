"""What a noderange needs to know about the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Source(Protocol):
    """The cluster at one moment. `has_node` and `members` are asked for every name: make them O(1)."""

    def nodes(self) -> Sequence[str]:
        """Every node name."""
        ...

    def has_node(self, name: str) -> bool: ...

    def members(self, group: str) -> Sequence[str] | None:
        """The nodes of a static or dynamic group; None = no such group, empty = defined without members."""
        ...

    def values_of(self, nodes: Sequence[str], table: str, column: str) -> Sequence[Sequence[str]]:
        """For each of the nodes its inherited values, one per row; empty when there is none."""
        ...

    def knows(self, table: str, column: str) -> bool:
        """Whether the schema has this column."""
        ...
