"""The last of what a console has said, for those who come later."""

from __future__ import annotations

from collections import deque

KEPT = 12 << 10
"""Bytes kept of each console: two screens and more. The log has the rest."""


class History:
    """Bytes, the oldest of which go."""

    __slots__ = ("_length", "_pieces")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._length = 0

    def add(self, octets: bytes) -> None:
        self._pieces.append(octets)
        self._length += len(octets)
        while self._length - len(self._pieces[0]) >= KEPT:
            self._length -= len(self._pieces.popleft())

    def lines(self, count: int) -> bytes:
        """The last lines, the unfinished one with them."""
        whole = b"".join(self._pieces)[-KEPT:]
        if len(self._pieces) > 1:
            self._pieces = deque((whole,))  # many small pieces cost more than they hold
            self._length = len(whole)
        place = len(whole)
        for _ in range(count + 1):
            place = whole.rfind(b"\n", 0, place)
            if place < 0:
                return whole
        return whole[place + 1 :]
