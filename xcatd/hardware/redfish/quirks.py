"""What services are known to do beside the standard, as data."""

from __future__ import annotations

NO_NODES = frozenset({"hypervisor"})
"""Last parts of paths in the collection of systems that are no hardware: OpenBMC of IBM Power shows its hypervisor there."""
EVENT_LOGS = ("sel", "eventlog", "iml", "event")
"""Beginnings of ids of a log that is like an IPMI SEL, in lower case, the best first: IPMI's own, OpenBMC's, HPE's."""
SESSIONS = "Sessions"
"""Below the SessionService, where a service root does not refer to its sessions."""
