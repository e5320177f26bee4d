"""Keys on their way: as many as were asked for, so that whoever pastes a book waits."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable

from xcatd.errors import Malformed, TooLarge
from xcatd.model import Key, Size, Typed
from xcatd.protocol.frames import Kind

AHEAD = 1 << 16
"""Bytes that may be typed ahead."""
_SIZE = struct.Struct(">HH")


def packed(size: Size) -> bytes:
    """The payload of a WINDOW frame."""
    return _SIZE.pack(min(size.rows, 0xFFFF), min(size.columns, 0xFFFF))


def unpacked(payload: bytes) -> Size:
    """Raises Malformed."""
    try:
        return Size(*_SIZE.unpack(payload))
    except struct.error as error:
        raise Malformed("A window without rows and columns was sent: speak with this release's client") from error


class Keys:
    """A terminal at the other end of a connection; `tell` sends a frame there."""

    def __init__(self, tell: Callable[[Kind, bytes], None]) -> None:
        self._tell = tell
        self._keys: deque[Key] = deque()
        self._news = asyncio.Event()
        self._waiting = 0
        self._read = 0
        self._ended = False
        self.asked = False
        """A command reads keys, not standard input."""
        self.size: Size | None = None

    def take(self, kind: Kind, payload: bytes) -> None:
        """An INPUT or WINDOW frame has come. Raises TooLarge for keys that nobody has asked for, and Malformed."""
        if kind is Kind.WINDOW:
            self.size = unpacked(payload)
            if self._keys and isinstance(self._keys[-1], Size):
                self._keys.pop()  # nobody has seen it: whoever drags a window fills no memory
            self._keys.append(self.size)
        elif payload:
            self._waiting += len(payload)
            if self._waiting > 2 * AHEAD:
                raise TooLarge(f"More than {AHEAD} bytes were typed ahead: speak with this release's client")
            self._keys.append(Typed(payload))
        else:
            self._ended = True
        self._news.set()

    async def key(self) -> Key | None:
        if not self.asked:
            self.asked = True
            self._tell(Kind.KEYS, str(AHEAD).encode())
        while not self._keys:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        key = self._keys.popleft()
        if isinstance(key, Typed):
            self._count(len(key.octets))
        return key

    def _count(self, octets: int) -> None:
        """What was read makes room for more."""
        self._waiting -= octets
        self._read += octets
        if self._read >= AHEAD // 2:
            self._tell(Kind.KEYS, str(self._read).encode())
            self._read = 0

    def suspend(self) -> None:
        self._tell(Kind.SUSPEND, b"")
