"""Service nodes that serve nobody for now: table sndrained, which `sndrain` writes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from xcatd.store import Snapshot

TABLE: Final = "sndrained"


class Drain(StrEnum):
    """How far a service node has come."""

    DRAINING = "draining"
    """What is under way there ends; its services run."""
    DRAINED = "drained"
    """Its daemon keeps none of its services running."""


def drain_of(snapshot: Snapshot, name: str) -> Drain | None:
    """How it is with a service node, by its full or short name; None when it serves."""
    if TABLE not in snapshot:  # the management node has an older version
        return None
    table = snapshot.table(TABLE)
    found = next((row for called in (name, name.partition(".")[0]) for row in table.find(called)), None)
    if found is None:
        return None
    return Drain.DRAINED if found["state"] == Drain.DRAINED else Drain.DRAINING
