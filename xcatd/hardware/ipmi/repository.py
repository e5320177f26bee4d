"""The sensor data records of a BMC: read once, and again when the BMC says that they have changed."""

from __future__ import annotations

from typing import NamedTuple

from xcatd.errors import Unsupported
from xcatd.hardware.ipmi.commands import (
    GET_DEVICE_ID,
    GET_DEVICE_SDR,
    GET_DEVICE_SDR_INFO,
    GET_SDR,
    GET_SDR_INFO,
    RESERVE_DEVICE_SDRS,
    RESERVE_SDRS,
    Command,
)
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.notes import Draft, Notebook, Notes, Repository
from xcatd.hardware.ipmi.quirks import SHORTEST_DEVICE_ID
from xcatd.hardware.ipmi.records import FIRST, LAST, Records, Store
from xcatd.hardware.ipmi.refusals import (
    INVALID_COMMAND,
    NOT_PRESENT,
    PARAMETER_OUT_OF_RANGE,
    WRONG_FIELD,
    WRONG_LUN,
    WRONG_STATE,
    Refused,
)
from xcatd.hardware.ipmi.sdr import HEADER

MOST_RECORDS = 4096
"""Far more than any BMC has: one that goes on has lost its way."""

_HAS_REPOSITORY = 0x02
"""In the sixth octet of Get Device ID (table 20-2): additional device support."""
_NO_SUCH_STORE = frozenset({INVALID_COMMAND, WRONG_LUN, PARAMETER_OUT_OF_RANGE, NOT_PRESENT, WRONG_FIELD, WRONG_STATE})


def _length(head: bytes) -> int:
    return HEADER + head[HEADER - 1]


class _Source(NamedTuple):
    """Where records are: in a repository for all devices, or with the BMC's own sensors (sections 33 and 35)."""

    info: Command
    store: Store


_REPOSITORY = _Source(GET_SDR_INFO, Store(GET_SDR, RESERVE_SDRS, HEADER, _length))
_OWN = _Source(GET_DEVICE_SDR_INFO, Store(GET_DEVICE_SDR, RESERVE_DEVICE_SDRS, HEADER, _length))


async def repository_of(controller: Controller, notes: Notes, notebook: Notebook) -> Repository:
    """The records as they are now. Readers of one BMC wait for the one who reads. Unsupported: it has none."""
    async with notes.reading:
        source, stamp = await _look(controller, notes.place)
        if stamp != notes.stamp:
            notes.stamp, notes.repository, notes.draft = stamp, None, None
        if notes.repository is None:
            notes.draft = notes.draft or Draft(FIRST)
            await _read(controller, source.store, notes.draft)
            notes.repository, notes.draft = notebook.repository(notes.draft.records), None
        return notes.repository


async def _look(controller: Controller, place: str) -> tuple[_Source, bytes]:
    """Where the records are, and what changes when they do: firmware, count, times of addition and erasure."""
    device = await controller.ask(GET_DEVICE_ID, least=SHORTEST_DEVICE_ID)
    sources = (_REPOSITORY, _OWN) if device[5] & _HAS_REPOSITORY else (_OWN, _REPOSITORY)
    for source in sources:
        try:
            return source, device + await controller.ask(source.info, least=2)
        except Refused as refused:
            if refused.code not in _NO_SUCH_STORE:
                raise
    raise Unsupported(f"the BMC at {place} has no sensor data records: it tells nothing of sensors and parts")


async def _read(controller: Controller, store: Store, draft: Draft) -> None:
    records = Records(controller, store)
    while draft.following != LAST:
        number = draft.following
        try:
            following, record = await records.read(number)
        except Refused as refused:
            if refused.code == NOT_PRESENT and number == FIRST:  # an empty store
                return
            raise
        draft.seen.add(number)
        if following in draft.seen or len(draft.records) >= MOST_RECORDS:
            raise controller.nonsense(
                store.get, f"records without an end (0x{following:04x} comes after 0x{number:04x})"
            )
        draft.records.append(record)
        draft.following = following
