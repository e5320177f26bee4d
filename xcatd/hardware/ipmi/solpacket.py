"""Octets of a serial port in packets: sequence, acknowledgement, count, signals, characters (IPMI 2.0, table 15-2)."""

from __future__ import annotations

import struct
from enum import IntFlag
from typing import NamedTuple

SEQUENCES = 15
"""Packets that must be acknowledged have numbers from 1 on; 0 belongs to those that say something and want no answer."""
MOST = 255
"""Characters of a packet: an acknowledgement counts them in one octet."""
_HEAD = struct.Struct("<BBBB")


class Signal(IntFlag):
    """To the BMC, its operations; from it, its status. NACK is both."""

    NACK = 0x40
    BREAK = 0x10
    HOLD = 0x08
    """Deassert CTS: the serial port shall wait."""
    UNAVAILABLE = 0x20
    """From the BMC: the node takes no characters now, because it is off or being reset."""
    DEACTIVATED = 0x10
    """From the BMC: there is no serial port any more."""


class Packet(NamedTuple):
    """`sequence` 0: wants no acknowledgement. `acknowledges` 0: is none; else `taken` characters of that packet were taken."""

    sequence: int = 0
    acknowledges: int = 0
    taken: int = 0
    signals: int = 0
    characters: bytes = b""

    def encode(self) -> bytes:
        return _HEAD.pack(self.sequence, self.acknowledges, self.taken, self.signals) + self.characters


def decode(payload: bytes) -> Packet | None:
    """The packet in a payload; None when it is too short."""
    if len(payload) < _HEAD.size:
        return None
    sequence, acknowledges, taken, signals = _HEAD.unpack_from(payload)
    return Packet(sequence & 0x0F, acknowledges & 0x0F, taken, signals, payload[_HEAD.size :])


def following(sequence: int) -> int:
    """The number after this one."""
    return sequence % SEQUENCES + 1
