"""A connection with back-pressure: what the door for callers and the links between daemons have in common."""

from __future__ import annotations

import asyncio
from typing import cast


class Wire(asyncio.Protocol):
    """Writes at once, and lets writers wait while the other side does not read.

    The three `asyncio.Protocol` call-backs that belong to reading are for the subclass.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._transport = None  # the transport holds this object: without the circle both are freed at once
        self._flowing.set()

    def pause_writing(self) -> None:
        self._flowing.clear()

    def resume_writing(self) -> None:
        self._flowing.set()

    @property
    def flowing(self) -> bool:
        """Whether the other side keeps up with what is written."""
        return self._flowing.is_set()

    async def drain(self) -> None:
        """Wait until there is room again. Returns at once when the connection is gone."""
        if not self._flowing.is_set():
            await self._flowing.wait()

    def write(self, data: bytes) -> None:
        """Send bytes; what is written to a lost connection is dropped, as the reader is gone."""
        if self._transport is not None and not self.lost:
            self._transport.write(data)

    def pause_reading(self) -> None:
        if self._transport is not None and not self.lost:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None and not self.lost:
            self._transport.resume_reading()

    def close(self) -> None:
        """Close after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once: the other side does not answer or must not be talked to."""
        if self._transport is not None:
            self._transport.abort()
