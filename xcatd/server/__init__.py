"""The door for callers: port 3001 and the Unix socket."""

from xcatd.server.connection import Connection
from xcatd.server.door import Door
from xcatd.server.limits import DoorLimits

__all__ = ["Connection", "Door", "DoorLimits"]
