"""What a command is: read from a plugin's signature, used by parsing, help, policy and plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Handler = Callable[..., Awaitable[str | None]]


class Where(StrEnum):
    """Which daemon of the hierarchy does the work."""

    OWNER = "owner"
    """The daemon that owns each node: its service node, else the management node."""
    MANAGEMENT = "management"
    """The management node: a service node passes it up."""
    LOCAL = "local"
    """The daemon that was asked."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A positional parameter. `many`: takes all that are left. `choices` empty: any text."""

    name: str
    kind: type[str] | type[int] | type[float]
    choices: tuple[str, ...]
    many: bool
    required: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class Option:
    """A keyword parameter: `-w`, `--wait`. A `bool` takes no value; `many` may be given several times."""

    name: str
    flags: tuple[str, ...]
    help: str
    kind: type[str] | type[int] | type[float] | type[bool]
    choices: tuple[str, ...]
    many: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class Command:
    """A declared command. `nodes`: "each" = once per node, "all" = once for all, "none" = takes no noderange.

    `fanout` is how many nodes are worked on at once, `timeout` the seconds for one node (or for the run, when there are
    no nodes) may take. `changes`: it alters the node, so it is never sent twice and holds its lock. `edits`: all that it
    alters are tables, so it takes `--dry-run`. `lists`: it shows things, so it takes `--json`.
    """

    name: str
    handler: Handler
    nodes: Literal["each", "all", "none"]
    node_parameter: str
    noderange_required: bool
    operands: tuple[Operand, ...]
    options: tuple[Option, ...]
    help: str
    fanout: int
    timeout: float
    changes: bool
    reads: frozenset[str]
    where: Where
    module: str
    edits: bool = False
    lists: bool = False

    def alters(self, argv: Sequence[str]) -> bool:
        """Whether a run with these words alters nodes; `reads` are the words with which it only looks."""
        return self.changes and self.reads.isdisjoint(argv)
