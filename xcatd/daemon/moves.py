"""Moves of nodes to other service nodes that were interrupted: the log of a management node that starts says so."""

from __future__ import annotations

import logging

from xcatd.errors import ServiceError
from xcatd.noderange import fold
from xcatd.services.snmove import open_records
from xcatd.store import Snapshot

log = logging.getLogger(__name__)


def tell_open_moves(snapshot: Snapshot) -> None:
    """A line for each move of which steps are left. Who finishes it is up to somebody: see `snmove --resume`."""
    try:
        found = open_records(snapshot)
    except ServiceError as error:
        log.warning("%s", error)
        return
    for one in found:
        way = f"from {one.source} to {one.dest}"
        log.warning(
            "snmove %d of %s %s has not come to its end: finish it with snmove --resume %d, or take it back with snmove "
            "--rollback %d",
            *(one.number, fold(one.nodes), way, one.number, one.number),
        )
