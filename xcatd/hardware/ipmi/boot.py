"""The boot device by the system boot options of IPMI (2.0, sections 28.12 and 28.13, table 28-14)."""

from __future__ import annotations

from collections.abc import Callable

from xcatd.hardware.boot import Boot, BootChoice, BootDevice
from xcatd.hardware.ipmi.commands import GET_BOOT_OPTIONS, SET_BOOT_OPTIONS
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.parameters import Parameters
from xcatd.hardware.ipmi.refusals import NO_PARAMETER, PARAMETER_OUT_OF_RANGE, WRONG_FIELD, Refused

KEEP_VALID, FLAGS = 3, 5
"""Parameters: when the BMC forgets a choice by itself, and the choice."""
BEYOND_THE_TIMER = b"\x08"
"""Keep the choice when no chassis control follows within 60 seconds: an operator may take longer."""
LOCKED = 0x80
"""In the octet that repeats the parameter's number: what follows counts for nothing."""
VALID, PERSISTENT, UEFI = 0x80, 0x40, 0x20
DEVICE = 0x3C
"""The bits of the second octet that name the device."""
NOTHING_CHOSEN = bytes(5)

_CODES = {
    BootDevice.NETWORK: 0x04,
    BootDevice.DISK: 0x08,
    BootDevice.CD: 0x14,
    BootDevice.SETUP: 0x18,
    BootDevice.FLOPPY: 0x3C,
}
_DEVICES = {code: device for device, code in _CODES.items()} | {
    0x00: BootDevice.DEFAULT,
    0x0C: BootDevice.DISK,  # in safe mode
    0x10: BootDevice.DISK,  # its diagnostic partition
    0x1C: BootDevice.FLOPPY,  # one that the BMC emulates, as the next three
    0x20: BootDevice.CD,
    0x24: BootDevice.CD,
    0x2C: BootDevice.DISK,
}
_HAS_NO_TIMER = frozenset({NO_PARAMETER, PARAMETER_OUT_OF_RANGE, WRONG_FIELD})


class IpmiBoot(Boot):
    """The boot device of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._controller = controller

    async def _read(self, timeout: float) -> BootChoice | None:
        controller = self._controller()
        return await controller.within(timeout, _chosen(controller))

    async def _choose(self, choice: BootChoice, timeout: float) -> None:
        controller = self._controller()
        await controller.within(timeout, _choose(_options(controller), choice))


def _options(controller: Controller) -> Parameters:
    return Parameters(controller, (GET_BOOT_OPTIONS, SET_BOOT_OPTIONS))


async def _chosen(controller: Controller) -> BootChoice | None:
    number, flags, device = (await _options(controller).read(FLAGS, 3))[:3]
    if number & LOCKED or not flags & VALID:
        return None
    try:
        return BootChoice(_DEVICES[device & DEVICE], bool(flags & PERSISTENT), bool(flags & UEFI))
    except KeyError:
        what = f"a boot device (0x{device & DEVICE:02x}) that the standard does not name"
        raise controller.nonsense(GET_BOOT_OPTIONS, what) from None


async def _choose(options: Parameters, choice: BootChoice) -> None:
    await _keep_for_good(options)
    async with options.changing():
        await options.write(FLAGS, _flags(choice))


async def _keep_for_good(options: Parameters) -> None:
    """A BMC without the timer has none to turn off."""
    try:
        await options.write(KEEP_VALID, BEYOND_THE_TIMER)
    except Refused as refused:
        if refused.code not in _HAS_NO_TIMER:
            raise


def _flags(choice: BootChoice) -> bytes:
    """The five octets of parameter 5. The default is that nothing is chosen: how else it should start means nothing then."""
    if choice.device is BootDevice.DEFAULT:
        return NOTHING_CHOSEN
    flags = VALID | (PERSISTENT if choice.persistent else 0) | (UEFI if choice.uefi else 0)
    return bytes((flags, _CODES[choice.device])) + NOTHING_CHOSEN[2:]
