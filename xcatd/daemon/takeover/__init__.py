"""Nodes of a dead service node go to another one by themselves (docs/takeover.md): on the management node."""

from xcatd.daemon.takeover.keeper import Around, Takeover
from xcatd.daemon.takeover.mover import Mover
from xcatd.daemon.takeover.notices import Notices

__all__ = ["Around", "Mover", "Notices", "Takeover"]
