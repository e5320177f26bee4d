"""`xcatprobe`: is this host, and the cluster behind it, in order? It looks and changes nothing, with or without a daemon.

A check is a function with a decorator: docs/diagnosis.md.
"""

from xcatd.probe.check import Failed, Finding, Noted, Warned, check
from xcatd.probe.here import Here, NotNow

__all__ = ["Failed", "Finding", "Here", "NotNow", "Noted", "Warned", "check"]
