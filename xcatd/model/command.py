"""What a command is: read from a plugin's signature, used by parsing, help, policy and plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from xcatd.model.batch import Batch

Handler = Callable[..., Awaitable[str | None]]

Prepare = Callable[[Any, Sequence[str], Mapping[str, Any]], Awaitable[Sequence[Batch] | None]]
"""Run once, where the command was typed, before any node is worked on: `prepare(ctx, nodes, arguments)`. It raises when the words
make no sense, asks what must be asked, and may say which nodes are worked on when; None: all at once."""

Changing = Callable[[Sequence[str]], bool]
"""Whether a run with these words, the noderange not among them, alters nodes."""

HELP = ("-h", "--help", "-?")
VERSION = ("-v", "--version")
DRY_RUN = "--dry-run"
JSON = "--json"
ORDERED = "--ordered"
FOLD = "--fold"
SLOWEST = "--slowest"
VERBOSE = ("-V", "--verbose")
"""Old scripts put these behind any command; the printer looks at them (who said it), a command only if it declares them."""


class Completes(StrEnum):
    """What a shell may put in the place of a parameter (docs/completion.md)."""

    NOTHING = "nothing"
    NODES = "nodes"
    """A noderange."""
    GROUPS = "groups"
    """Groups of nodes, a comma list."""
    TYPE = "type"
    """A type of objects."""
    OBJECTS = "objects"
    """Names of objects of the type that another parameter gives, a comma list; nodes, when none does."""
    IMAGE = "image"
    """The name of an osimage object."""
    ATTRIBUTES = "attributes"
    """Names of attributes of these objects, a comma list."""
    CONDITION = "condition"
    """attribute==value"""
    DEFINITION = "definition"
    """First the names of objects, unless an option gives them; then attribute=value, as often as needed."""
    TABLE = "table"
    COLUMN = "column"
    """table.column"""
    CELL = "cell"
    """table.column=value"""
    KEY = "key"
    """column=value, which says which row of a table is meant."""
    COMMAND = "command"
    FILE = "file"
    """A file where the command is typed."""


class Where(StrEnum):
    """Which daemon of the hierarchy does the work."""

    OWNER = "owner"
    """The daemon that owns each node: its service node, else the management node."""
    CONTROLLER = "controller"
    """The same for what asks nodes' controllers; with site.ipmidispatch=n the management node reaches all BMCs itself."""
    CONSOLE = "console"
    """The daemon that has the console of each node: nodehm.conserver, else as OWNER."""
    MANAGEMENT = "management"
    """The management node: a service node passes it up."""
    ANYWHERE = "anywhere"
    """The daemon that was asked, as it only reads tables; for what only the management node has, that one."""
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
    completes: Completes = Completes.NOTHING


@dataclass(frozen=True, slots=True)
class Option:
    """A keyword parameter: `-w`, `--wait`. A `bool` takes no value, unless it `may_have_one`: `--long=value`, `-l:value`, and
    behind a blank only a word that is as the regular expression `like` says; `many` may be given several times."""

    name: str
    flags: tuple[str, ...]
    help: str
    kind: type[str] | type[int] | type[float] | type[bool]
    choices: tuple[str, ...]
    many: bool
    default: Any = None
    completes: Completes = Completes.NOTHING
    may_have_one: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A declared command. `nodes`: "each" = once per node, "all" = once for all, "none" = takes no noderange.

    `fanout` is how many nodes are worked on at once, `timeout` the seconds for one node (or for the run, when there are
    no nodes) may take. `changes`: it alters the node, so it is never sent twice and holds its lock; `changing` tells by its
    words whether it does. `edits`: all that it alters are tables, so it takes `--dry-run`. `lists`: it shows things, so it
    takes `--json`. `asks_policy`: it asks the policy itself about what it shows, so everybody may call it, and no record is
    made of it.
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
    asks_policy: bool = False
    changing: Changing | None = None
    prepare: Prepare | None = None
    interactive: bool = False
    """It reads keys from the caller's terminal while it runs."""
    of_each: bool = False
    """It runs once for all nodes, and says itself of each how it ended (`Ended`)."""
    verbatim: bool = False
    """Its operands are a command line of somebody else: behind the first one nothing is an option of ours."""

    def alters(self, argv: Sequence[str]) -> bool:
        """Whether a run with these words alters nodes; `reads` are the words with which it only looks."""
        if self.changing is not None:
            return self.changing(argv)
        return self.changes and self.reads.isdisjoint(argv)

    @property
    def own_flags(self) -> tuple[str, ...]:
        """The flags that it has because of what it is, and need not declare."""
        each = self.nodes == "each" or self.of_each
        return (DRY_RUN,) * self.edits + (JSON,) * (self.lists or each) + (ORDERED, FOLD, SLOWEST) * each
