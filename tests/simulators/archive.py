"""What a tiny BMC can tell of itself: sensors, their records, FRU data, an event log, its names.

A part for `Miniature`, in which everything can be wrong that ipmi_sim does right. ipmitool reads it. What it does not do:
make events, compare with thresholds, keep anything, answer under another LUN, allow more than one reservation.
Shares no code with the daemon.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.simulators.miniature import Miniature

LAST = 0xFFFF
NOT_THERE, RESERVATION_LOST, TOO_MUCH, BAD_COMMAND = 0xCB, 0xC5, 0xCA, 0xC1
TOO_LONG, WRONG_FIELD, ERASING, NO_PRIVILEGE = 0xC8, 0xCC, 0x81, 0xD4
OPERATOR = 3
GUID = bytes.fromhex("105b2f8a3e0c914d9a77112233445500")
"""8a2f5b10-0c3e-4d91-9a77-112233445500 in the order of SMBIOS."""
DEVICE_ID = bytes((0x23, 0x81, 0x02, 0x15, 0x02, 0x9F)) + (674).to_bytes(3, "little") + (256).to_bytes(2, "little")
"""Device 35, firmware 2.15, IPMI 2.0, a repository of records and all else, made by Dell."""

Answer = tuple[int, bytes]


@dataclass
class Shelf:
    """Numbered records. `follows`: record -> what the BMC says comes after it, where that is not the next number. `ends`:
    the first and the last one, where the numbers do not tell.

    `longest`: octets that it gives at once, and `refusal` what it says to more. `lost`: how many of the next readings in
    pieces find their reservation lost. `needs_reservation`: also for whole records. `reservations`: it knows of them.
    `watch`: called before each reading, with how many have succeeded. `readings`: those, as number, offset, count.
    """

    records: dict[int, bytes] = field(default_factory=dict)
    follows: dict[int, int] = field(default_factory=dict)
    ends: tuple[int, int] | None = None
    longest: int = 255
    refusal: int = TOO_MUCH
    lost: int = 0
    needs_reservation: bool = False
    reservation: int = 0
    reservations: bool = True
    watch: Callable[[int], None] = lambda count: None
    readings: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, record: bytes, number: int | None = None) -> None:
        """A record gets its number, the next one that is free unless it is said."""
        number = max(self.records, default=0) + 1 if number is None else number
        self.records[number] = struct.pack("<H", number) + record[2:]

    def reserve(self) -> Answer:
        if not self.reservations:
            return BAD_COMMAND, b""
        self.reservation += 1
        return 0, struct.pack("<H", self.reservation)

    def get(self, data: bytes) -> Answer:
        reservation, number, offset, count = struct.unpack("<HHBB", data)
        self.watch(len(self.readings))
        numbers = sorted(self.records)
        first, last = self.ends or (numbers[:1] + numbers[-1:] or [0, LAST])
        number = {0: first, LAST: last}.get(number, number)
        if number not in self.records:
            return NOT_THERE, b""
        is_whole = not offset and count == 0xFF
        if (not is_whole or self.needs_reservation) and self.is_lost(reservation):
            return RESERVATION_LOST, b""
        record = self.records[number][offset : offset + count]
        if len(record) > self.longest or (count > self.longest and not is_whole):
            return self.refusal, b""
        self.readings.append((number, offset, count))
        after = numbers[numbers.index(number) + 1 :]
        return 0, struct.pack("<H", self.follows.get(number, after[0] if after else LAST)) + record

    def is_lost(self, reservation: int) -> bool:
        if self.lost:
            self.lost -= 1
            self.reservation += 1
        return self.reservations and reservation != self.reservation


@dataclass
class Archive:
    """All that is told. Its fields may be changed while it runs.

    `readings`: (LUN is not looked at) sensor number -> the answer of Get Sensor Reading, or a completion code to refuse
    it with; `thresholds` and `factors` likewise. `papers`: FRU devices. `erasing`: how many times the log says that its
    erasure goes on. `ahead`: seconds by which its clock is before ours. `own`: records are with the sensors, and
    there is no repository.
    """

    device_id: bytes = DEVICE_ID
    guid: bytes | None = GUID
    system: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    sdrs: Shelf = field(default_factory=Shelf)
    changed: int = 0x60000000
    own: bool = False
    readings: dict[int, bytes | int] = field(default_factory=dict)
    thresholds: dict[int, bytes | int] = field(default_factory=dict)
    factors: dict[tuple[int, int], bytes] = field(default_factory=dict)
    busy: dict[int, int] = field(default_factory=dict)
    """Sensor number -> how often it is busy."""
    papers: dict[int, bytes] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    """FRU device -> octet from which on it gives nothing, whatever its size is."""
    words: bool = False
    longest_paper: int = 255
    pieces: list[tuple[int, int, int]] = field(default_factory=list)
    sel: Shelf = field(default_factory=Shelf)
    ahead: int = 0
    erasing: int = 0
    ends_reservation: bool = False
    """The erasure ends its own reservation, as the standard has it."""

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> Answer | None:
        if command == (0x0A, 0x47) and privilege < OPERATOR:
            return NO_PRIVILEGE, b""
        answer = self._commands().get(command)
        return answer(data) if answer is not None else None

    def _commands(self) -> dict[tuple[int, int], Callable[[bytes], Answer]]:
        sdrs: dict[tuple[int, int], Callable[[bytes], Answer]] = (
            {(4, 0x20): self._own_info, (4, 0x21): self.sdrs.get, (4, 0x22): lambda _: self.sdrs.reserve()}
            if self.own
            else {(10, 0x20): self._info, (10, 0x22): lambda _: self.sdrs.reserve(), (10, 0x23): self.sdrs.get}
        )
        return sdrs | {
            (0x06, 0x01): lambda _: (0, self.device_id),
            (0x06, 0x37): lambda _: (0, self.guid) if self.guid is not None else (BAD_COMMAND, b""),
            (0x06, 0x59): self._system_info,
            (0x04, 0x23): lambda data: _found(self.factors.get((data[0], data[1]), NOT_THERE)),
            (0x04, 0x27): lambda data: _found(self.thresholds.get(data[0], NOT_THERE)),
            (0x04, 0x2D): self._reading,
            (0x0A, 0x10): self._paper_size,
            (0x0A, 0x11): self._paper,
            (0x0A, 0x40): self._log_info,
            (0x0A, 0x42): lambda _: self.sel.reserve(),
            (0x0A, 0x43): self.sel.get,
            (0x0A, 0x47): self._clear,
            (0x0A, 0x48): lambda _: (0, struct.pack("<I", int(time.time()) + self.ahead)),
        }

    def _info(self, _: bytes) -> Answer:
        return 0, struct.pack("<BHHIIB", 0x51, len(self.sdrs.records), 0x1000, self.changed, self.changed, 0x02)

    def _own_info(self, _: bytes) -> Answer:
        return 0, struct.pack("<BBI", len(self.sdrs.records), 0x81, self.changed)

    def _reading(self, data: bytes) -> Answer:
        if self.busy.get(data[0], 0):
            self.busy[data[0]] -= 1
            return 0xC0, b""
        return _found(self.readings.get(data[0], NOT_THERE))

    def _system_info(self, data: bytes) -> Answer:
        if data[1] not in self.system:
            return 0x80, b""
        encoding, octets = self.system[data[1]]
        whole = bytes((encoding, len(octets))) + octets
        block = whole[data[2] * 16 : data[2] * 16 + 16]
        return (0, bytes((0x11, data[2])) + block.ljust(16, b"\0")) if block else (0xC9, b"")

    def _paper_size(self, data: bytes) -> Answer:
        paper = self.papers.get(data[0])
        return (NOT_THERE, b"") if paper is None else (0, struct.pack("<HB", len(paper), self.words))

    def _paper(self, data: bytes) -> Answer:
        number, offset, count = struct.unpack("<BHB", data)
        self.pieces.append((number, offset, count))
        unit = 2 if self.words else 1
        piece = self.papers.get(number, b"")[: self.ends.get(number)][offset * unit : (offset + count) * unit]
        if count * unit > self.longest_paper:
            return TOO_LONG, b""
        return (0, bytes((len(piece) // unit,)) + piece) if number in self.papers else (NOT_THERE, b"")

    def _log_info(self, _: bytes) -> Answer:
        return 0, struct.pack("<BHHIIB", 0x51, len(self.sel.records), 0x1000, self.changed, self.changed, 0x02)

    def _clear(self, data: bytes) -> Answer:
        (reservation,) = struct.unpack_from("<H", data)
        if self.sel.reservations and self.sel.is_lost(reservation):
            return RESERVATION_LOST, b""
        if data[2:5] != b"CLR":
            return WRONG_FIELD, b""
        if data[5] == 0xAA:
            self.sel.records.clear()
            if self.ends_reservation:
                self.sel.reservation += 1
        elif self.erasing:
            self.erasing -= 1
        return 0, bytes((int(not self.erasing),))


def _found(what: bytes | int) -> Answer:
    return (what, b"") if isinstance(what, int) else (0, what)


def told(records: Sequence[bytes] = (), events: Sequence[bytes] = ()) -> tuple[Miniature, Archive]:
    """A BMC with sensor data records and a log."""
    archive = Archive()
    for record in records:
        archive.sdrs.add(record)
    for entry in events:
        archive.sel.add(entry)
    return Miniature(parts=[archive]), archive
