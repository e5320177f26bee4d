"""Boot files that a service node has missed, because it was away: table bootmissed, which `nodeset` writes.

What it has in its TFTP folder is of an earlier day: a node that loads from it might be installed once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from xcatd.errors import BadNoderange
from xcatd.noderange import fold, names
from xcatd.objects import World
from xcatd.store import Change, Delete, Put, Snapshot

TABLE: Final = "bootmissed"


def missed_by(world: World) -> Mapping[str, Sequence[str]]:
    """The service nodes that have missed something, with the nodes that there still are."""
    found = {}
    for row in world.snapshot.table(TABLE).rows:
        if not row.hidden:
            found[row["node"]] = [node for node in _nodes(row["nodes"] or "") if world.has_node(node)]
    return found


def noted(snapshot: Snapshot, servers: Iterable[str], nodes: Collection[str]) -> Sequence[Change]:
    """These service nodes have missed the files of these nodes."""
    if not nodes:
        return ()
    return [
        Put(TABLE, {"node": server}, {"nodes": fold({*_of(snapshot, server), *nodes})}) for server in sorted(servers)
    ]


def settled(snapshot: Snapshot, server: str, nodes: Collection[str]) -> Sequence[Change]:
    """This service node has the files of these nodes now, or they are nobody's any more."""
    before = _of(snapshot, server)
    left = {*before}.difference(nodes)
    if len(left) == len(before) and before:
        return ()
    return [Put(TABLE, {"node": server}, {"nodes": fold(left)}) if left else Delete(TABLE, {"node": server})]


def _of(snapshot: Snapshot, server: str) -> Sequence[str]:
    rows = snapshot.table(TABLE).find(server)
    return _nodes(rows[0]["nodes"] or "") if rows else ()


def _nodes(text: str) -> Sequence[str]:
    """None where somebody has written something else there."""
    try:
        return names(text, prefix="") if text else ()
    except BadNoderange:
        return ()
