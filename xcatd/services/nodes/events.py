"""What became of certificates, as table eventlog has it."""

from __future__ import annotations

from datetime import datetime

from xcatd.services.nodes.statuses import time_of
from xcatd.store import Append


def certificate_event(name: str, role: str, what: str, serial: str, peer: str) -> Append:
    """`what` was done with the certificate of this serial number, which `peer` has asked for."""
    event = {
        "eventtime": time_of(datetime.now()),
        "eventtype": "certificate",
        "monitor": "xcatd",
        "node": name,
        "component": role,
        "severity": "informational",
        "message": f"{what}: {serial}, asked by {peer}",
    }
    return Append("eventlog", event)
