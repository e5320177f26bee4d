"""The door for nodes under installation (site.xcatiport, 3002): plain text, a line at a time (protocol.md 2.1)."""

from xcatd.monitor.door import NodeDoor
from xcatd.monitor.limits import NodeLimits

__all__ = ["NodeDoor", "NodeLimits"]
