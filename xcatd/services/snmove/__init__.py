"""Nodes that go from one service node to another: what changes in the tables, and what is done after it. Pure."""

from xcatd.services.snmove.plan import Cell, Move, Planned, Wish, changes_of, nodes_of, planned
from xcatd.services.snmove.steps import Step, Wants, script_names, steps_of

__all__ = [
    "Cell",
    "Move",
    "Planned",
    "Step",
    "Wants",
    "Wish",
    "changes_of",
    "nodes_of",
    "planned",
    "script_names",
    "steps_of",
]
