"""Somebody who looks at a console."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime

MOST = 1 << 18
"""Bytes that wait for a viewer who does not read. What is older is left out then, and he is told."""


class Viewer:
    """`name`: who it is, for others. `types`: what he types goes to the console. It holds nobody up: what it has no room for is
    dropped, oldest first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.since = datetime.now(UTC)
        self.types = False
        self.ended = ""
        """Why he was sent away, "" while he was not."""
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._missed = 0
        self._news = asyncio.Event()

    def show(self, octets: bytes) -> None:
        """For his screen, as long as he is here: one who leaves need not wait for the end of what a console says."""
        if self.ended:
            return
        self._pieces.append(octets)
        self._waiting += len(octets)
        while self._waiting > MOST and len(self._pieces) > 1:
            dropped = len(self._pieces.popleft())
            self._waiting -= dropped
            self._missed += dropped
        self._news.set()

    def tell(self, text: str) -> None:
        """A line of ours, in brackets."""
        self.show(f"\r\n[{text}]\r\n".encode())

    def send_away(self, why: str) -> None:
        self.ended = self.ended or why
        self._news.set()

    async def next(self) -> bytes:
        """All that waits for his screen; b"" when he is sent away and has seen everything."""
        while not self._pieces:
            if self.ended:
                return b""
            self._news.clear()
            await self._news.wait()
        octets = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        if self._missed:
            octets = (
                f"\r\n[{self._missed} bytes are left out here: this terminal reads too slowly]\r\n".encode() + octets
            )
            self._missed = 0
        return octets
