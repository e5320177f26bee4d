"""The system event log of a BMC (IPMI 2.0, chapters 31 and 32)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from xcatd.errors import NodeError, TimedOut
from xcatd.hardware.events import Event, EventLog
from xcatd.hardware.ipmi.commands import CLEAR_SEL, GET_SEL_ENTRY, GET_SEL_INFO, GET_SEL_TIME, RESERVE_SEL
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.notes import Notebook
from xcatd.hardware.ipmi.records import FIRST, LAST, Records, Store, reserve
from xcatd.hardware.ipmi.refusals import (
    NOT_PRESENT,
    PARAMETER_OUT_OF_RANGE,
    RESERVATION_LOST,
    UNSPECIFIED,
    WRONG_FIELD,
    Refused,
)
from xcatd.hardware.ipmi.repository import repository_of
from xcatd.hardware.ipmi.selentry import FIRST_TIME, LENGTH, NO_NAMES, Names, decode_entry
from xcatd.hardware.patience import Pauses

SAME_TIME = 2
"""Seconds by which two clocks may differ and count as one, so that an event has the same time whenever it is read."""

_STORE = Store(GET_SEL_ENTRY, RESERVE_SEL, LENGTH, lambda _: LENGTH)
_CLEAR, _HOW_FAR = 0xAA, 0x00
"""What Clear SEL is to do (table 31-10): begin, or tell whether it is done."""
_DONE = 0x01
_NO_SUCH_ENTRY = frozenset({NOT_PRESENT, PARAMETER_OUT_OF_RANGE, WRONG_FIELD, UNSPECIFIED})
_RENEWALS = 5
"""Times that an erasure is ordered again, because a new event has come between."""


class IpmiEventLog(EventLog):
    """The event log of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller], notebook: Notebook, place: str) -> None:
        self._controller = controller
        self._notebook = notebook
        self._place = place

    async def _read(self, last: int | None, timeout: float) -> Sequence[Event]:
        controller = self._controller()
        return await controller.within(timeout, self._events(controller, last))

    async def _clear(self, timeout: float) -> None:
        controller = self._controller()
        await controller.within(timeout, _erase(controller, self._place, timeout))

    async def _events(self, controller: Controller, last: int | None) -> Sequence[Event]:
        count = await _count(controller)
        if not count or last == 0:
            return ()
        entries = await _Reader(controller).read(last if last is not None and last < count else None)
        names, ahead = await self._names(controller), await _ahead(controller)
        return [decode_entry(entry, names, ahead) for entry in entries]

    async def _names(self, controller: Controller) -> Names:
        """What events speak of; nothing, when the BMC does not tell: then they have numbers only."""
        try:
            repository = await repository_of(controller, self._notebook.of(self._place), self._notebook)
        except (Refused, NodeError):
            return NO_NAMES
        return Names(
            {record.key: record for record in repository.sensors},
            {locator.number: locator.name for locator in repository.frus},
        )


async def _count(controller: Controller) -> int:
    answer = await controller.ask(GET_SEL_INFO, least=3)
    return int.from_bytes(answer[1:3], "little")


async def _ahead(controller: Controller) -> float:
    """Seconds by which the BMC's clock is before ours; 0 for the same time, and for a clock that was not set."""
    try:
        answer = await controller.ask(GET_SEL_TIME, least=4)
    except Refused:
        return 0.0
    there = int.from_bytes(answer[:4], "little")
    ahead = there - time.time()
    return 0.0 if there < FIRST_TIME or abs(ahead) <= SAME_TIME else float(round(ahead))


class _Reader:
    """Reads entries, oldest first. Each is read once, whatever the BMC says comes next."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    async def read(self, last: int | None) -> Sequence[bytes]:
        """All entries, or the `last` ones."""
        if last is not None and (entries := await self._back(last)) is not None:
            return entries
        entries = await self._all()
        return entries if last is None else entries[-last:]

    async def _all(self) -> list[bytes]:
        records = Records(self._controller, _STORE)
        entries: list[bytes] = []
        seen: set[int] = set()
        number = FIRST
        while number != LAST:
            try:
                following, entry = await records.read(number)
            except Refused as refused:
                if refused.code == NOT_PRESENT:  # erased meanwhile, or there never was one
                    break
                raise
            seen.add(number)
            if following in seen:
                raise self._controller.nonsense(
                    GET_SEL_ENTRY, f"entries without an end (0x{following:04x} comes again)"
                )
            entries.append(entry)
            number = following
        return entries

    async def _back(self, count: int) -> list[bytes] | None:
        """The last entries, from the last one down by their numbers; None when the numbers have gaps.

        That an entry is the one before is believed when it says that the other one comes after it.
        """
        records = Records(self._controller, _STORE)
        entries: list[bytes] = []
        number, expected = LAST, LAST
        while len(entries) < count:
            try:
                following, entry = await records.read(number)
            except Refused as refused:
                if refused.code not in _NO_SUCH_ENTRY:
                    raise
                return None
            own = int.from_bytes(entry[:2], "little")
            if following != expected or (number not in (LAST, own)):
                return None
            entries.insert(0, entry)
            number, expected = own - 1, own
            if number <= FIRST and len(entries) < count:
                return None
        return entries


async def _erase(controller: Controller, place: str, timeout: float) -> None:
    """Order it, and ask until it is done."""
    reservation, progress = await _order(controller)
    pauses = Pauses(timeout)
    while not progress & _DONE:
        if not await pauses.take():
            raise TimedOut(
                f"the BMC at {place} still erases its event log after {timeout:.3g} s: look at the log later"
            )
        try:
            progress = await _clear_sel(controller, reservation, _HOW_FAR)
        except Refused as refused:
            if refused.code != RESERVATION_LOST:
                raise
            reservation = await reserve(controller, RESERVE_SEL)  # the erasure itself may have ended the old one


async def _order(controller: Controller) -> tuple[int, int]:
    """The reservation under which the erasure has begun, and how far it is."""
    for _ in range(_RENEWALS):
        reservation = await reserve(controller, RESERVE_SEL)
        try:
            return reservation, await _clear_sel(controller, reservation, _CLEAR)
        except Refused as refused:
            if refused.code != RESERVATION_LOST:
                raise
    raise Refused(CLEAR_SEL, RESERVATION_LOST)


async def _clear_sel(controller: Controller, reservation: int, what: int) -> int:
    data = reservation.to_bytes(2, "little") + b"CLR" + bytes((what,))
    return (await controller.ask(CLEAR_SEL, data, least=1))[0] & 0x0F
