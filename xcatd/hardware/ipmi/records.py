"""Records that a BMC gives by number, whole where it can, else in pieces: its SDRs and its event log."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from xcatd.hardware.ipmi.commands import Command
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.refusals import (
    CANNOT_RETURN,
    INVALID_COMMAND,
    PARAMETER_OUT_OF_RANGE,
    RESERVATION_LOST,
    TOO_LONG,
    UNSPECIFIED,
    WRONG_FIELD,
    WRONG_LENGTH,
    Refused,
)

FIRST, LAST = 0x0000, 0xFFFF
"""The numbers by which the first and the last record are asked for; LAST after a record: it was the last."""
TOO_MUCH = frozenset(
    {WRONG_LENGTH, TOO_LONG, PARAMETER_OUT_OF_RANGE, CANNOT_RETURN, WRONG_FIELD, UNSPECIFIED},
)
"""With these BMCs refuse to give so many octets at once; which one they choose differs."""
SMALLEST = 4
"""Octets: a BMC that refuses even these has another reason."""

_WHOLE = 0xFF
_PIECE = 32
"""Octets of the first piece that is tried, when a whole record was refused."""
_RENEWALS = 8
"""Times that one record is begun again, because the BMC has changed what is stored."""


@dataclass(frozen=True, slots=True)
class Store:
    """The commands of a store of records. The first `head` octets of a record tell its `length` in octets."""

    get: Command
    reserve: Command
    head: int
    length: Callable[[bytes], int]


class Records:
    """Reads from one store of one BMC, for one reader at a time. What fits into an answer is learned once."""

    __slots__ = ("_controller", "_reservation", "_size", "_store")

    def __init__(self, controller: Controller, store: Store) -> None:
        self._controller = controller
        self._store = store
        self._size = _WHOLE
        self._reservation: int | None = None

    async def read(self, number: int) -> tuple[int, bytes]:
        """The number of the record after it, and the record `number`. Refused: NOT_PRESENT, when there is none."""
        for _ in range(_RENEWALS):
            try:
                return await self._read(number)
            except Refused as refused:
                if refused.code != RESERVATION_LOST:
                    raise
                self._reservation = await self._reserve()
        raise Refused(self._store.get, RESERVATION_LOST)

    async def _read(self, number: int) -> tuple[int, bytes]:
        following, record = await self._piece(number, 0, self._store.head)
        while (missing := self._missing(record)) > 0:
            _, piece = await self._piece(number, len(record), missing)
            record += piece
        return following, record[: self._store.length(record)]

    def _missing(self, record: bytes) -> int:
        head = self._store.head
        return (self._store.length(record) if len(record) >= head else head) - len(record)

    async def _piece(self, number: int, offset: int, wanted: int) -> tuple[int, bytes]:
        """At least one octet from `offset` on, and perhaps all that are `wanted`; the whole record where that works."""
        while True:
            is_whole = self._size == _WHOLE and not offset
            count = _WHOLE if is_whole else min(self._size, wanted, _WHOLE - 1)
            try:
                return await self._ask(number, offset, count)
            except Refused as refused:
                if refused.code not in TOO_MUCH or (not is_whole and count <= SMALLEST):
                    raise
                self._size = _PIECE if is_whole else max(SMALLEST, count // 2)

    async def _ask(self, number: int, offset: int, count: int) -> tuple[int, bytes]:
        if self._reservation is None and count != _WHOLE:
            self._reservation = await self._reserve()
        data = struct.pack("<HHBB", self._reservation or 0, number, offset, count)
        answer = await self._controller.ask(self._store.get, data, least=3)
        return int.from_bytes(answer[:2], "little"), answer[2 : 2 + count]

    async def _reserve(self) -> int:
        """A reservation; zero from BMCs that have none to give."""
        try:
            return await reserve(self._controller, self._store.reserve)
        except Refused as refused:
            if refused.code != INVALID_COMMAND:
                raise
            return 0


async def reserve(controller: Controller, command: Command) -> int:
    """A new reservation, which ends when somebody else changes the store or takes one."""
    return int.from_bytes((await controller.ask(command, least=2))[:2], "little")
