"""A stream of libvirt without threads of its own: read in the thread of libvirt's events, and handed to the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from xcatd.hardware.console import MOST_KEPT
from xcatd.hardware.libvirt.binding import load

RawStream = Any
CHUNK = 1 << 16
"""Bytes that are read or written at once: a message of libvirt's protocol has four times as many."""
_NOT_NOW = -2


class Stream:
    """`news` is called in the loop when there is something to take, when there is room again, and at the end.

    Made in the loop. What says so blocks, and is called in a hypervisor's thread; the rest is called in the loop.
    """

    def __init__(self, news: Callable[[], None]) -> None:
        self._raw: RawStream = None
        self._loop = asyncio.get_running_loop()
        self._news = news
        self._door = Lock()
        self._kept = bytearray()
        self._is_held = False
        self._wants_room = False
        self._has_callback = False
        self.is_over = False
        self.trouble = ""
        """Why it is over, in libvirt's words; "": the other side has ended it."""

    def begin(self, make: Callable[[], RawStream]) -> None:
        """Hear what `make` gives from now on, unless nobody wants it any more. It blocks, and so does `end` meanwhile."""
        with self._door:
            if not self.is_over:
                self._raw = make()
                self._has_callback = True
                self._raw.eventAddCallback(self._wanted(), self._ready, None)

    def end(self) -> None:
        """Let go. It blocks."""
        with self._door:
            self._finish("")
            raw, self._raw = self._raw, None
        if raw is not None:
            with suppress(load().libvirtError):  # it has ended by itself
                raw.abort()

    def lost(self) -> None:
        """The connection has died. Called in any thread."""
        with self._door:
            self._finish("the connection has died")
        self._tell()

    def take(self) -> bytes:
        """Everything that is there."""
        with self._door:
            octets = bytes(self._kept)
            self._kept.clear()
        return octets

    @property
    def is_held(self) -> bool:
        """Whether so much was there that no more is read until `go_on`."""
        return self._is_held

    def go_on(self) -> None:
        """It blocks."""
        with self._door:
            self._is_held = False
            self._update()

    def push(self, octets: bytes) -> int:
        """How many of the bytes it has taken; 0: none, there is news when there is room. It blocks. Raises libvirtError."""
        with self._door:
            if self.is_over:
                return 0
            count = self._raw.send(octets)
            if count != _NOT_NOW:
                return int(count)
            self._wants_room = True
            self._update()
            return 0

    @property
    def wants_room(self) -> bool:
        """Whether the last `push` has found none, and there is none yet."""
        return self._wants_room

    def _ready(self, raw: RawStream, events: int, opaque: object) -> None:
        """Called by libvirt, in the thread of its events."""
        libvirt = load()
        with self._door:
            if events & libvirt.VIR_STREAM_EVENT_WRITABLE:
                self._wants_room = False
            if events & libvirt.VIR_STREAM_EVENT_READABLE:
                self._receive()
            elif events & (libvirt.VIR_STREAM_EVENT_HANGUP | libvirt.VIR_STREAM_EVENT_ERROR):
                self._finish("the connection was lost")
            if not self.is_over:
                self._update()
        self._tell()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._news)

    def _receive(self) -> None:
        libvirt = load()
        try:
            octets = self._raw.recv(CHUNK)
        except libvirt.libvirtError as error:
            self._finish(" ".join(str(error).split()).rstrip("."))
            return
        if octets == _NOT_NOW:
            return
        if not octets:
            self._finish("")
            return
        self._kept += octets
        self._is_held = len(self._kept) >= MOST_KEPT

    def _finish(self, trouble: str) -> None:
        if not self.is_over:
            self.is_over, self.trouble = True, trouble
        if self._has_callback:
            self._has_callback = False
            with suppress(load().libvirtError):
                self._raw.eventRemoveCallback()

    def _wanted(self) -> int:
        libvirt = load()
        events = int(libvirt.VIR_STREAM_EVENT_HANGUP | libvirt.VIR_STREAM_EVENT_ERROR)
        if not self._is_held:
            events |= libvirt.VIR_STREAM_EVENT_READABLE
        if self._wants_room:
            events |= libvirt.VIR_STREAM_EVENT_WRITABLE
        return events

    def _update(self) -> None:
        if self._has_callback:
            with suppress(load().libvirtError):  # it is lost: the callback will tell
                self._raw.eventUpdateCallback(self._wanted())
