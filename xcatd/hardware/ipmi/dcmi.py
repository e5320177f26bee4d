"""Consumption and its limit by DCMI, which many BMCs offer beside IPMI (DCMI 1.5, section 6.6)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from xcatd.errors import Unsupported, UsageError
from xcatd.hardware.energy import Cap, Consumption, Energy
from xcatd.hardware.ipmi.commands import (
    ACTIVATE_POWER_LIMIT,
    GET_POWER_LIMIT,
    GET_POWER_READING,
    SET_POWER_LIMIT,
    Command,
)
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.refusals import Refused

GROUP = 0xDC
"""The first octet of every question and answer: that it is about DCMI."""
SYSTEM_STATISTICS = bytes((1, 0, 0))
MEASURES = 0x40
"""In the last octet of a reading: that there is one."""
NO_LIMIT = 0x80
"""The completion code of Get Power Limit when none is kept. The one that is set comes with it, if there is any."""
HIGHEST = 0xFFFF
"""Watts: the limit has two octets."""
_READING = struct.Struct("<4H2IB")
_LIMIT = struct.Struct("<2xBHI2xH")
_NEW_LIMIT = struct.Struct("<3xBHI2xH")


@dataclass(frozen=True, slots=True)
class Limit:
    """`action`: what happens when it cannot be kept, 0: nothing. `correction`: milliseconds that it may take to keep it.
    `sampling`: seconds over which the consumption is measured for it."""

    watts: int
    action: int = 0
    correction: int = 1000
    sampling: int = 1


NEW_LIMIT = Limit(0)


class DcmiEnergy(Energy):
    """The consumption of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._controller = controller

    async def _read(self, timeout: float) -> Consumption:
        controller = self._controller()
        return await controller.within(timeout, _consumption(controller))

    async def _cap(self, timeout: float) -> Cap:
        controller = self._controller()
        limit, active = await controller.within(timeout, _limit(controller))
        return Cap(limit.watts if limit is not None and limit.watts else None, active)

    async def _set_cap(self, cap: Cap, timeout: float) -> None:
        if cap.watts is not None and not 1 <= cap.watts <= HIGHEST:
            raise UsageError(f"a limit of {cap.watts} W cannot be: choose one from 1 to {HIGHEST}")
        controller = self._controller()
        await controller.within(timeout, _set(controller, cap))


async def _consumption(controller: Controller) -> Consumption:
    answer = await _ask(controller, GET_POWER_READING, SYSTEM_STATISTICS, _READING.size)
    now, least, most, mean, _, _, state = _READING.unpack_from(answer)
    if not state & MEASURES:
        raise Unsupported(
            f"the BMC at {controller.place} says that it measures no power now: turn power measurement on in its set-up"
        )
    return Consumption(now, least, mean, most)


async def _limit(controller: Controller) -> tuple[Limit | None, bool]:
    """The limit that is set, if one is, and whether it is kept."""
    try:
        answer, active = await _ask(controller, GET_POWER_LIMIT, bytes(2), _LIMIT.size), True
    except Refused as refused:
        if refused.code != NO_LIMIT:
            raise
        answer, active = refused.data[1:], False
    if len(answer) < _LIMIT.size:
        return None, active
    action, watts, correction, sampling = _LIMIT.unpack_from(answer)
    return Limit(watts, action, correction, sampling), active


async def _set(controller: Controller, cap: Cap) -> None:
    if cap.watts is not None:
        before, _ = await _limit(controller)
        after = replace(before if before is not None and before.sampling else NEW_LIMIT, watts=cap.watts)
        data = _NEW_LIMIT.pack(after.action, after.watts, after.correction, after.sampling)
        await _ask(controller, SET_POWER_LIMIT, data, 0)
    await _ask(controller, ACTIVATE_POWER_LIMIT, bytes((int(cap.active), 0, 0)), 0)


async def _ask(controller: Controller, command: Command, data: bytes, least: int) -> bytes:
    """The answer without its first octet. NodeError: it is not of DCMI."""
    answer = await controller.ask(command, bytes((GROUP,)) + data, least=1 + least)
    if answer[0] != GROUP:
        raise controller.nonsense(command, f"the mark 0x{answer[0]:02x} where that of DCMI is due")
    return answer[1:]
