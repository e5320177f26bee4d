"""Reading FRU data from a BMC: in pieces as large as it gives, and no further than there is something to know."""

from __future__ import annotations

import struct
from collections.abc import Callable

from xcatd.hardware.ipmi.commands import GET_FRU_AREA, READ_FRU
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.notes import Notes
from xcatd.hardware.ipmi.records import SMALLEST, TOO_MUCH
from xcatd.hardware.ipmi.refusals import Refused

DEVICE_BUSY = 0x81
"""The completion code for a memory that somebody else is using (section 34.2)."""
Reach = Callable[[bytes, int], int]
"""How many octets are wanted, told from the first octets and the size of the memory."""


async def read_fru(controller: Controller, notes: Notes, number: int, reach: Reach) -> bytes:
    """The first octets of the FRU device `number`. Refused: the BMC cannot read it, or there is none.

    What it gives up on in the middle is cut short there. `notes` learn how large a piece may be.
    """
    size, unit = await _size(controller, number)
    data = b""
    while len(data) < min(reach(data, size), size):
        piece = await _piece(controller, notes, number, range(len(data), size), unit)
        if not piece:
            break
        data += piece
    return data


async def _size(controller: Controller, number: int) -> tuple[int, int]:
    """The octets of its memory, and how many of them are the unit in which they are counted (1 or 2)."""
    answer = await controller.ask(GET_FRU_AREA, bytes((number,)), least=3)
    return int.from_bytes(answer[:2], "little"), 2 if answer[2] & 0x01 else 1


async def _piece(controller: Controller, notes: Notes, number: int, rest: range, unit: int) -> bytes:
    """Some octets from the beginning of the `rest`; none when the BMC gives no more. `unit` is what it counts in."""
    size = most = min(len(rest), notes.fru_piece)
    while True:
        count = -(-size // unit)
        try:
            answer = await controller.ask(READ_FRU, struct.pack("<BHB", number, rest.start // unit, count), least=1)
        except Refused as refused:
            if refused.code not in TOO_MUCH or size <= SMALLEST:
                if rest.start:
                    return b""
                raise
            size = max(SMALLEST, size // 2)
            continue
        if size < most:  # so it was the size that it refused
            notes.fru_piece = size
        return answer[1 : 1 + min(answer[0], count) * unit]
