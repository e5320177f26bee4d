"""May this caller run this command on these nodes? The rows of the policy table, asked in the order of their
priority.

Semantics: protocol.md section 3.5. The first row of which every filled-in field matches decides; nobody is allowed
anything without such a row. A row that names a noderange is about nodes: it passes over requests without nodes; when
it allows only some of them, those are settled and the search goes on for the others; when it denies some, it denies
all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from xcatd.errors import BadNoderange
from xcatd.model import Caller
from xcatd.noderange import expand
from xcatd.objects import world_of
from xcatd.policy.rule import Asked, Rule, rank, read_rule
from xcatd.store import Snapshot


@dataclass(frozen=True, slots=True)
class Decision:
    """`row` is the priority of the row that decided, "" when none did; `reason` is one sentence for the records."""

    allowed: bool
    row: str
    reason: str


class Policy:
    """The policy table of one snapshot, compiled."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        rows = (row for row in snapshot.table("policy").rows if not row.hidden)
        self._rules = tuple(read_rule(row) for row in sorted(rows, key=lambda row: rank(row["priority"])))

    @classmethod
    def of(cls, snapshot: Snapshot) -> Policy:
        """The policy of a snapshot; compiled once for as long as the snapshot lives."""
        return snapshot.cached("policy", lambda: cls(snapshot))

    def decide(
        self,
        caller: Caller,
        command: str,
        argv: Sequence[str],
        nodes: Sequence[str] | None,
        now: datetime,
        remote_clients: Sequence[str] = (),
    ) -> Decision:
        """Whether `caller` may run `command`; `nodes` are the expanded noderange, None when there is none.

        `remote_clients` are host names that a trusted front end claims for its user; they count beside the peer's
        own. `now` is local time.
        """
        asked = Asked(caller, command, " ".join(argv), (caller.host, *remote_clients), now)
        left = frozenset(nodes or ())
        for rule in self._rules:
            if not rule.fits(asked):
                continue
            undecided = self._undecided(rule, left)
            if undecided is None:
                return _decided(rule, asked)
            left = undecided
        return Decision(False, "", f"No row of the policy table allows {_who(caller)} to run {command}")

    def problems(self) -> list[str]:
        """What is wrong in the table, a sentence for each row and field."""
        return [f"policy row {rule.priority}: {text}" for rule in self._rules for text in self._faults(rule)]

    def _undecided(self, rule: Rule, left: frozenset[str]) -> frozenset[str] | None:
        """The nodes about which a fitting rule says nothing; None when it settles the whole request."""
        if not rule.noderange:
            return None
        named = self._nodes(rule.noderange)
        if named is None:
            return left if rule.allows else None
        hit = left & named
        if not hit:
            return left
        return None if hit == left or not rule.allows else left - hit

    def _nodes(self, noderange: str) -> frozenset[str] | None:
        """The nodes of a row's noderange, names that do not exist left out; None when it cannot be read."""

        def find() -> frozenset[str] | None:
            try:
                return frozenset(expand(noderange, world_of(self._snapshot)).nodes)
            except BadNoderange:
                return None

        return self._snapshot.cached(("policy noderange", noderange), find)

    def _faults(self, rule: Rule) -> Iterator[str]:
        yield from rule.notes
        yield from rule.faults
        if rule.noderange and self._nodes(rule.noderange) is None:
            yield f"The noderange {rule.noderange!r} cannot be read; write it as on a command line"


def _decided(rule: Rule, asked: Asked) -> Decision:
    verb = "allows" if rule.allows else "forbids"
    reason = f"Row {rule.priority} of the policy table {verb} {_who(asked.caller)} to run {asked.command}"
    return Decision(rule.allows, rule.priority, reason)


def _who(caller: Caller) -> str:
    return caller.name or "an anonymous caller"
