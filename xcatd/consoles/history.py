"""The last of what a console has said, for those who come later."""

from __future__ import annotations

KEPT = 12 << 10
"""Bytes kept of each console: two screens and more. The log has the rest."""
_SPARE = 1 << 11
"""Bytes more before the oldest are dropped: dropping moves the others."""


class History:
    """Bytes, the oldest of which go. In one piece: a console may say them one by one, and an object each costs many times more."""

    __slots__ = ("_octets",)

    def __init__(self) -> None:
        self._octets = bytearray()

    def add(self, octets: bytes) -> None:
        self._octets += octets[-KEPT:]
        if len(self._octets) > KEPT + _SPARE:
            del self._octets[:-KEPT]

    def lines(self, count: int) -> bytes:
        """The last lines, the unfinished one with them."""
        whole = bytes(self._octets[-KEPT:])
        place = len(whole)
        for _ in range(count + 1):
            place = whole.rfind(b"\n", 0, place)
            if place < 0:
                return whole
        return whole[place + 1 :]
