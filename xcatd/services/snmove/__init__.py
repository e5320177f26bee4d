"""Nodes that go from one service node to another: what changes in the tables, what is done after it, and the record of it. Pure."""

from xcatd.services.snmove.journal import open_records, records
from xcatd.services.snmove.plan import Cell, Move, Planned, Wish, nodes_of, planned
from xcatd.services.snmove.record import Group, Manner, Record, State
from xcatd.services.snmove.steps import Step, Wants, script_names, steps_of

__all__ = [
    "Cell",
    "Group",
    "Manner",
    "Move",
    "Planned",
    "Record",
    "State",
    "Step",
    "Wants",
    "Wish",
    "nodes_of",
    "open_records",
    "planned",
    "records",
    "script_names",
    "steps_of",
]
