"""What BMCs have stored, as octets: sensor data records, FRU data, event log entries. Written by hand, not by the daemon's code.

By the IPMI specification 2.0, chapters 43 and 32, and the FRU Information Storage Definition 1.3.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

TEMPERATURE, VOLTAGE, FAN, POWER_SUPPLY, OTHER, MEMORY, WATCHDOG = 0x01, 0x02, 0x04, 0x08, 0x0B, 0x0C, 0x23
CELSIUS, VOLTS, AMPERES, WATTS, RPM = 1, 4, 5, 6, 18
SPECIFIC = 0x6F
NOTHING = (0, 0, 0)


@dataclass(frozen=True)
class Analog:
    """A sensor with a full record. `line`: M, B, the exponent of B and that of the result.

    `thresholds`: octets, lower warning, critical, failed, upper warning, critical, failed; None: there is no such one.
    """

    number: int
    name: str
    kind: int
    unit: int
    line: tuple[int, int, int, int] = (1, 0, 0, 0)
    form: int = 0
    linearization: int = 0
    thresholds: tuple[int | None, ...] = (None,) * 6
    settable: bool = True
    percent: bool = False
    lun: int = 0
    owner: int = 0x20
    text: bytes | None = None

    def record(self) -> bytes:
        m, b, b_exponent, exponent = self.line
        values = [octet or 0 for octet in self.thresholds]
        mask = sum(1 << place for place, octet in enumerate(self.thresholds) if octet is not None)
        access = (2 if self.settable else 3) << 2 if mask else 0
        body = bytes((self.owner, self.lun, self.number, 7, 1, 0x7F, 0x40 | access, self.kind, 1))
        body += struct.pack("<HH", 0, 0) + bytes((mask, mask if self.settable else 0))
        body += bytes((self.form << 6 | self.percent, self.unit, 0, self.linearization))
        body += bytes((m & 0xFF, m >> 2 & 0xC0, b & 0xFF, b >> 2 & 0xC0, 0))
        body += bytes(((exponent & 0x0F) << 4 | b_exponent & 0x0F, 0, 0, 0, 0, 0xFF, 0))
        body += bytes((values[5], values[4], values[3], values[2], values[1], values[0], 0, 0, 0, 0, 0))
        return framed(0x01, body + (self.text or text(self.name)))


@dataclass(frozen=True)
class Discrete:
    """A sensor with a compact record; `share`: how many consecutive sensors it is for, with numbers after their names."""

    number: int
    name: str
    kind: int
    event_type: int = SPECIFIC
    share: int = 1

    def record(self) -> bytes:
        body = bytes((0x20, 0, self.number, 10, 1, 0x67, 0x40, self.kind, self.event_type))
        body += struct.pack("<HHH", 0x7FFF, 0x7FFF, 0x7FFF) + bytes((0xC0, 0, 0, self.share, 1))
        return framed(0x02, body + bytes(6) + text(self.name))


@dataclass(frozen=True)
class EventOnly:
    """A sensor that cannot be read."""

    number: int
    name: str
    kind: int
    event_type: int = SPECIFIC

    def record(self) -> bytes:
        body = bytes((0x20, 0, self.number, 6, 1, self.kind, self.event_type, 1, 0, 0, 0))
        return framed(0x03, body + text(self.name))


@dataclass(frozen=True)
class Locator:
    """Where a replaceable unit is described. `kind`, `modifier`: device type 0x10, 1 for a memory module's own description."""

    number: int
    name: str
    kind: int = 0x10
    modifier: int = 0

    def record(self) -> bytes:
        body = bytes((0x20, self.number, 0x80, 0, 0, self.kind, self.modifier, 10, 1, 0))
        return framed(0x11, body + text(self.name))


def framed(kind: int, body: bytes) -> bytes:
    """A record with its header; its number is for the BMC to give."""
    return struct.pack("<HBBB", 0, 0x51, kind, len(body)) + body


def text(words: str) -> bytes:
    octets = words.encode("latin-1")
    return bytes((0xC0 | len(octets),)) + octets


@dataclass(frozen=True)
class Paper:
    """The description of a unit: each field is text, or octets that have their type and length already."""

    chassis: Sequence[str | bytes] = ()
    board: Sequence[str | bytes] = ()
    product: Sequence[str | bytes] = ()
    minutes: int = 0
    language: int = 25
    after: bytes = field(default=b"")

    def octets(self) -> bytes:
        """`after` is what follows the last area."""
        areas = [
            area(bytes((0x17,)), self.chassis) if self.chassis else b"",
            area(bytes((self.language,)) + self.minutes.to_bytes(3, "little"), self.board) if self.board else b"",
            area(bytes((self.language,)), self.product) if self.product else b"",
        ]
        places, place = [1, 0], 1
        for octets in areas:
            places.append(place if octets else 0)
            place += len(octets) // 8
        head = bytes((*places, 0, 0))
        return head + bytes((-sum(head) & 0xFF,)) + b"".join(areas) + self.after


def area(head: bytes, fields: Sequence[str | bytes]) -> bytes:
    body = head + b"".join(text(each) if isinstance(each, str) else each for each in fields) + b"\xc1"
    units = -(-(len(body) + 3) // 8)
    octets = (bytes((1, units)) + body).ljust(units * 8 - 1, b"\0")
    return octets + bytes((-sum(octets) & 0xFF,))


def event(
    stamp: int, kind: int, number: int, event_type: int, data: tuple[int, int, int] = NOTHING, owner: int = 0x20
) -> bytes:
    """A system event; `event_type` with 0x80 when it is over. Its number is for the BMC to give."""
    return struct.pack("<HBIBBBBBB3B", 0, 0x02, stamp, owner, 0, 0x04, kind, number, event_type, *data)
