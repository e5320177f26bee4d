"""Consoles of nodes: `rcons`, `lscons`, `replaycons`."""

from xcatd.plugins.consoles.listing import lscons
from xcatd.plugins.consoles.rcons import rcons
from xcatd.plugins.consoles.replay import replaycons

__all__ = ["lscons", "rcons", "replaycons"]
