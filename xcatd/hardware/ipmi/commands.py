"""The IPMI commands that are used here, each with the privilege that it needs (IPMI 2.0, appendix G)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Privilege(IntEnum):
    """Session privilege levels (IPMI 2.0, table 22-18), lowest first."""

    CALLBACK = 1
    USER = 2
    OPERATOR = 3
    ADMINISTRATOR = 4


class Command(NamedTuple):
    """`netfn` is the request's network function; its answer carries netfn + 1."""

    name: str
    netfn: int
    number: int
    privilege: Privilege


GET_CHASSIS_STATUS = Command("Get Chassis Status", 0x00, 0x01, Privilege.USER)
CHASSIS_CONTROL = Command("Chassis Control", 0x00, 0x02, Privilege.OPERATOR)
GET_CHANNEL_CAPABILITIES = Command("Get Channel Authentication Capabilities", 0x06, 0x38, Privilege.CALLBACK)
GET_SESSION_CHALLENGE = Command("Get Session Challenge", 0x06, 0x39, Privilege.CALLBACK)
ACTIVATE_SESSION = Command("Activate Session", 0x06, 0x3A, Privilege.CALLBACK)
SET_SESSION_PRIVILEGE = Command("Set Session Privilege Level", 0x06, 0x3B, Privilege.CALLBACK)
CLOSE_SESSION = Command("Close Session", 0x06, 0x3C, Privilege.CALLBACK)
