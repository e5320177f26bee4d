"""The state of the chassis by Get Chassis Status (IPMI 2.0, section 28.2, table 28-3), in xCAT's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xcatd.hardware.chassis import Chassis, ChassisFact
from xcatd.hardware.ipmi.commands import GET_CHASSIS_STATUS
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.identify import TELLS_LIGHT

_POLICIES = ("Always off", "Last State", "Always on", "Unknown")
_LIGHTS = ("off", "on", "on", "unknown")
_EVENTS = ("AC failed", "Power overload", "Interlock activated", "Power Fault", "By Request")
"""By the bits of the second octet, lowest first."""


class IpmiChassis(Chassis):
    """The chassis of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._controller = controller

    async def _read(self, timeout: float) -> Sequence[ChassisFact]:
        controller = self._controller()
        status = await controller.within(timeout, controller.ask(GET_CHASSIS_STATUS, least=3))
        return facts(status)


def facts(status: bytes) -> Sequence[ChassisFact]:
    """`status` has three octets at least."""
    power, last, misc = status[:3]
    lines = {
        "Power Status": "on" if power & 0x01 else "off",
        "Power Overload": _truth(power & 0x02),
        "Power Interlock": _active(power & 0x04),
        "Power Fault": _truth(power & 0x08),
        "Power Control Fault": _truth(power & 0x10),
        "Power Restore Policy": _POLICIES[power >> 5 & 0x03],
        "Last Power Event": ",".join(word for bit, word in enumerate(_EVENTS) if last >> bit & 1),
        "Chassis intrusion": _active(misc & 0x01),
        "Front Panel Lockout": _active(misc & 0x02),
        "Drive Fault": _truth(misc & 0x04),
        "Cooling Fault": _truth(misc & 0x08),
    }
    if misc & TELLS_LIGHT:
        lines["Identify Light"] = _LIGHTS[misc >> 4 & 0x03]
    return [ChassisFact(name, value) for name, value in lines.items()]


def _truth(bits: int) -> str:
    return "true" if bits else "false"


def _active(bits: int) -> str:
    return "active" if bits else "inactive"
