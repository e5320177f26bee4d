"""Asking a tiny BMC for its power, and what of the talk it sees."""

from __future__ import annotations

from tests.simulators.responder import Responder
from tests.unit.hardware.places import endpoint_of
from xcatd.hardware import Controllers, Power

OPEN, RAKP1, RAKP3 = 0x10, 0x12, 0x14
"""Payload types of what opens a session (IPMI 2.0, table 13-16)."""
LOG_IN = 3
"""Datagrams with which a session is opened."""


def power_of(controllers: Controllers, bmc: Responder, **account: str) -> Power:
    return controllers.device("ipmi", endpoint_of(bmc, **account)).power
