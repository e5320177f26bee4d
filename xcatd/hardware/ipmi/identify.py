"""The identify light by Chassis Identify (IPMI 2.0, section 28.5) and Get Chassis Status (section 28.2)."""

from __future__ import annotations

from collections.abc import Callable

from xcatd.errors import Unsupported
from xcatd.hardware.beacon import Beacon, BeaconState
from xcatd.hardware.ipmi.commands import CHASSIS_IDENTIFY, GET_CHASSIS_STATUS, Command
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.quirks import IPMI_20, quirks_of

TELLS_LIGHT = 0x40
"""In the third octet of the status: the two bits below it are meant."""
LIGHT = 0x30
"""Zero: off. Else on for a time, or until it is turned off."""
OFF, FOR_EVER = b"\x00\x00", b"\x00\x01"
OFF_15, LONGEST_15 = b"\x00", b"\xff"
"""IPMI 1.5 knows seconds only, up to 255."""


class IpmiBeacon(Beacon):
    """The light of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it.

    IPMI knows no blinking. A BMC of IPMI 1.5 turns the light off after 255 seconds by itself.
    """

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._controller = controller

    async def _read(self, timeout: float) -> BeaconState:
        controller = self._controller()
        return await controller.within(timeout, _light(controller))

    async def _set(self, state: BeaconState, timeout: float) -> None:
        if state is BeaconState.BLINK:
            raise Unsupported("IPMI can turn an identify light on and off, and has no word for blinking: say on")
        controller = self._controller()
        await controller.within(timeout, _turn(controller, state is BeaconState.ON))


async def _light(controller: Controller) -> BeaconState:
    state = (await controller.ask(GET_CHASSIS_STATUS, least=3))[2]
    if not state & TELLS_LIGHT:
        raise Unsupported(
            f"the BMC at {controller.place} does not tell how its identify light is: look at the node, or set it anew"
        )
    return BeaconState.ON if state & LIGHT else BeaconState.OFF


async def _turn(controller: Controller, on: bool) -> None:
    command, data = await _order(controller, on)
    await controller.request(command, data)


async def _order(controller: Controller, on: bool) -> tuple[Command, bytes]:
    model = await controller.model()
    if on and (special := quirks_of(model).light_on) is not None:
        return special
    if model.version < IPMI_20:
        return CHASSIS_IDENTIFY, LONGEST_15 if on else OFF_15
    return CHASSIS_IDENTIFY, FOR_EVER if on else OFF
