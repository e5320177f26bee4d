"""Which sequence numbers of incoming packets are new (IPMI 2.0, section 6.12.13)."""

from __future__ import annotations

WIDTH = 32
"""How far behind the highest number a packet may come late. The specification asks for 16, and 8 for IPMI 1.5."""


class ReplayWindow:
    """Accepts each number once. A leap forward is believed: only packets whose authentication was right get here."""

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest = 0
        self._seen = 0

    def accept(self, number: int) -> bool:
        """Whether `number` was not seen before. Zero is no number of a session."""
        ahead = number - self._highest
        if ahead > 0:
            self._seen = (self._seen << ahead | 1) & ((1 << WIDTH) - 1) if ahead < WIDTH else 1
            self._highest = number
            return True
        if number == 0 or -ahead >= WIDTH or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
