"""What a serial port says: each character once and in order, however its packets come (IPMI 2.0, section 15.11)."""

from __future__ import annotations

from xcatd.hardware.console import LOWEST_KEPT, MOST_KEPT
from xcatd.hardware.ipmi.solpacket import MOST, SEQUENCES, Packet, Signal

LATE = 3
"""How many packets behind the newest one a number is an old packet's. The BMC sends one at a time, so few are needed."""
FULL = 2 * MOST_KEPT
"""Octets that nobody has read, after which no more are taken: the BMC sends the packet again."""


class Heard:
    """Keeps what was not read yet."""

    __slots__ = ("_characters", "_kept", "_sequence", "is_held")

    def __init__(self) -> None:
        self._sequence = 0
        self._characters = b""
        self._kept = bytearray()
        self.is_held = False
        """Whether the BMC was told to hold the port back."""

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, packet: Packet) -> Packet | None:
        """Take the characters of a packet that has a number; gives the acknowledgement, None where it gets none."""
        behind = (self._sequence - packet.sequence) % SEQUENCES if self._sequence else SEQUENCES
        if 0 < behind <= LATE:
            return None
        if len(self._kept) >= FULL:
            return None
        self._keep(packet, is_again=behind == 0)
        self.is_held = len(self._kept) >= MOST_KEPT
        signals = Signal.HOLD if self.is_held else 0
        return Packet(acknowledges=packet.sequence, taken=min(len(packet.characters), MOST), signals=signals)

    def all(self) -> bytes:
        """Everything that is there; it is gone then."""
        octets = bytes(self._kept)
        self._kept.clear()
        return octets

    def may_go_on(self) -> bool:
        """Whether a port that was held back need not be any more."""
        if not self.is_held or len(self._kept) > LOWEST_KEPT:
            return False
        self.is_held = False
        return True

    def _keep(self, packet: Packet, *, is_again: bool) -> None:
        """A packet that comes again, because our acknowledgement was lost, may have more characters than the first time."""
        characters = packet.characters
        if is_again:
            characters = characters[len(self._characters) :] if characters.startswith(self._characters) else b""
        self._kept += characters
        if characters or not is_again:
            self._characters = packet.characters
        self._sequence = packet.sequence
