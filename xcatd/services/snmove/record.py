"""A move as table snmoves has it: what was changed, what is done after it, and how far that has come.

The row is written together with the change of the tables, so that a move that is broken off at any moment can be brought to its end
or be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from xcatd.errors import BadNoderange, ServiceError
from xcatd.noderange import fold, names
from xcatd.services.snmove.steps import Step

TABLE: Final = "snmoves"


class State(StrEnum):
    """How it is with a move; see docs/snmove.md."""

    MOVING = "moving"
    DONE = "done"
    RETURNING = "returning"
    BACK = "back"
    TAKEN = "taken"


OPEN: Final = frozenset({State.MOVING, State.RETURNING})
"""States in which steps are left."""
ENDED: Final = frozenset({State.DONE, State.BACK})
"""States in which nothing more is expected."""


@dataclass(frozen=True, slots=True)
class Altered:
    """A cell of a node's own row, before and after. None: it had no text, so that a group's counted."""

    table: str
    column: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that move alike, from the service node `old` to `new`; `old_master` and `master` are these two as the nodes know them.
    `added`: tables in which the nodes had no row of their own. Without `cells` they were there already."""

    nodes: tuple[str, ...]
    old: str
    new: str
    old_master: str
    master: str
    cells: tuple[Altered, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How the move was wished. `on_nodes`: something is done on the nodes. `scripts`: the list of -P. `takeover`: the daemon did it
    by itself."""

    on_nodes: bool = True
    scripts: str = ""
    takeover: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has been done, but for the nodes for which it failed."""

    step: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One move. `began` and `ended` are texts of ISO 8601; `ended` is "" while it is open."""

    number: int
    state: State
    groups: tuple[Group, ...]
    steps: tuple[Step, ...] = ()
    done: tuple[Done, ...] = ()
    manner: Manner = Manner()
    began: str = ""
    ended: str = ""
    by: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def nodes(self) -> tuple[str, ...]:
        """All of its nodes, group after group."""
        return tuple(node for group in self.groups for node in group.nodes)

    @property
    def source(self) -> str:
        return ",".join(sorted({group.old for group in self.groups}))

    @property
    def dest(self) -> str:
        return ",".join(sorted({group.new for group in self.groups}))

    def left(self) -> Sequence[tuple[int, Sequence[str]]]:
        """The steps that are not done, each with the nodes for which it is not."""
        ended = {one.step: one.failed for one in self.done}
        found = [(number, ended.get(number, step.nodes)) for number, step in enumerate(self.steps)]
        return [(number, nodes) for number, nodes in found if nodes]

    def with_done(self, one: Done) -> Record:
        """The same after a step has been done, perhaps once more."""
        others = [each for each in self.done if each.step != one.step]
        return replace(self, done=tuple(sorted((*others, one), key=lambda each: each.step)))

    def cells(self) -> dict[str, str | None]:
        """The row of table snmoves."""
        return {
            "id": str(self.number),
            "source": self.source,
            "dest": self.dest,
            "nodes": fold(self.nodes),
            "plan": _json(_plan(self)),
            "steps": _json([_step(step) for step in self.steps]),
            "done": self.done_text(),
            "state": str(self.state),
            "began": self.began,
            "ended": self.ended or None,
            "by": self.by,
        }

    def done_text(self) -> str:
        return _json([{"step": one.step, "failed": _folded(one.failed)} for one in self.done])


def record_of(row: Mapping[str, str | None]) -> Record:
    """The move that a row has. Raises ServiceError for one that somebody has spoilt."""
    try:
        plan = json.loads(row["plan"] or "")
        return Record(
            number=int(row["id"] or ""),
            state=State(row["state"] or ""),
            groups=tuple(map(_group_of, plan["groups"])),
            steps=tuple(map(_step_of, json.loads(row["steps"] or "[]"))),
            done=tuple(Done(int(one["step"]), _nodes(one["failed"])) for one in json.loads(row["done"] or "[]")),
            manner=Manner(bool(plan["on_nodes"]), str(plan["scripts"]), bool(plan["takeover"])),
            began=row["began"] or "",
            ended=row["ended"] or "",
            by=row["by"] or "",
        )
    except (ValueError, KeyError, TypeError, BadNoderange) as error:
        raise ServiceError(
            f"Row {row['id']} of table snmoves cannot be read: something else than snmove has changed it; put it back (xcathistory "
            "shows how it was), or remove it"
        ) from error


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _folded(nodes: Sequence[str]) -> str | Sequence[str]:
    """The names in short; as a list where that would be read as others: `r1-r3` may be one name."""
    text = fold(nodes)
    try:
        again = {*_nodes(text)}
    except BadNoderange:
        return [*nodes]
    return text if again == {*nodes} else [*nodes]


def _nodes(given: str | Sequence[str]) -> tuple[str, ...]:
    """The names again; there need not be such nodes any more."""
    if not isinstance(given, str):
        return tuple(map(str, given))
    return names(given, prefix="") if given else ()


def _plan(record: Record) -> Mapping[str, object]:
    manner = record.manner
    groups = [_group(group) for group in record.groups]
    return {"takeover": manner.takeover, "on_nodes": manner.on_nodes, "scripts": manner.scripts, "groups": groups}


def _group(group: Group) -> Mapping[str, object]:
    return {
        "nodes": _folded(group.nodes),
        "old": group.old,
        "new": group.new,
        "old_master": group.old_master,
        "master": group.master,
        "cells": [[cell.table, cell.column, cell.before, cell.after] for cell in group.cells],
        "added": list(group.added),
    }


def _group_of(given: Mapping[str, Any]) -> Group:
    cells = tuple(Altered(*cell) for cell in given["cells"])
    old, new, old_master, master = (str(given[name]) for name in ("old", "new", "old_master", "master"))
    return Group(_nodes(given["nodes"]), old, new, old_master, master, cells, tuple(given["added"]))


def _step(step: Step) -> Mapping[str, object]:
    return {
        "command": step.command,
        "nodes": _folded(step.nodes),
        "words": list(step.words),
        "said": step.said,
        "on_nodes": step.on_nodes,
    }


def _step_of(given: Mapping[str, Any]) -> Step:
    words = tuple(map(str, given["words"]))
    return Step(str(given["command"]), _nodes(given["nodes"]), words, str(given["said"]), bool(given["on_nodes"]))


def group_nodes(moves: Iterable[tuple[str, Group]]) -> tuple[Group, ...]:
    """One group for all nodes that move alike; each comes as a group without nodes."""
    found: dict[Group, list[str]] = {}
    for node, alike in moves:
        found.setdefault(alike, []).append(node)
    return tuple(replace(alike, nodes=tuple(nodes)) for alike, nodes in found.items())
