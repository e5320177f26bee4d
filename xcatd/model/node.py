"""The two types by which a command says how it takes nodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A parameter of this type: the command runs once per node, side by side."""

    name: str

    def __str__(self) -> str:
        return self.name


class Nodes(tuple[str, ...]):
    """A parameter of this type: the command runs once for all nodes (names, sorted). Empty: none were given."""

    __slots__ = ()
