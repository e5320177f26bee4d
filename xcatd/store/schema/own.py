"""Tables that xCAT 2 does not have: what nodes do when their service nodes fail, and what has been done about it."""

from __future__ import annotations

from xcatd.store.schema.accepted import NUMBER, one_of
from xcatd.store.schema.table import Column, table

SNMOVES = table(
    "snmoves",
    "moves of nodes from one service node to another, written by snmove: those under way, those that an automatic takeover made, and "
    "the last ones that ended; see docs/snmove.md",
    Column("id", "number of the move; it grows"),
    Column("source", "the old service node; several with commas where the nodes had different ones"),
    Column("dest", "the new service node; several with commas"),
    Column("nodes", "noderange of the nodes"),
    Column("plan", "JSON: the cells that change, before and after, for nodes that have them alike"),
    Column("steps", "JSON: the commands that follow the change of the tables"),
    Column("done", "JSON: which of these are done, and the nodes for which they failed"),
    Column(
        "state",
        "moving; done; returning: it is being taken back; back: it was taken back; taken: an automatic takeover made it, and it has "
        "not been taken back yet",
    ),
    Column("began", "when its tables were changed, ISO 8601 with the time zone"),
    Column("ended", "when its last step was done"),
    Column("by", "who typed it"),
    keys=("id",),
)

TAKEOVER = table(
    "takeover",
    "when nodes of a dead service node go to another one of their pool by themselves; see docs/takeover.md",
    Column("node", "node or group name: the nodes that are served"),
    Column(
        "after",
        "seconds for which the service node must be dead; 0 = never, empty = as site.takeover says",
        accepts=NUMBER,
    ),
    Column(
        "back",
        "seconds of health after which they go back by themselves; 0 = by hand only, empty = as site.takeover says",
        accepts=NUMBER,
    ),
    keys=("node",),
)

SNDRAINED = table(
    "sndrained",
    "service nodes that serve nobody for now, written by sndrain; see docs/service-node-life.md",
    Column("node", "the service node"),
    Column(
        "state",
        "draining: what is under way there ends; drained: its daemon keeps none of its services running",
        accepts=one_of("draining", "drained"),
    ),
    Column("since", "when it was asked for, ISO 8601 with the time zone"),
    Column("by", "who typed it"),
    keys=("node",),
)

BOOTMISSED = table(
    "bootmissed",
    "service nodes that were away when nodeset wrote boot files, written by nodeset: they get them when they are back; see "
    "docs/nodeset.md",
    Column("node", "the service node"),
    Column("nodes", "noderange of the nodes whose files it has missed"),
    keys=("node",),
)

TABLES = (BOOTMISSED, SNDRAINED, SNMOVES, TAKEOVER)
