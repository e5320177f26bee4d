"""A network cable between two namespaces that a test can spoil: each way cut, or slow, or losing packets.

Two TAP interfaces whose frames a thread of the test carries. The kernel's own netem does the same, where it is built in. What it
does not do: limit the rate, or change the order of frames.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import selectors
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.helpers.entering import entered
from tests.helpers.namespaces import Namespace
from tests.helpers.proxy import BOTH, Way

_MAKE = 0x400454CA
"""TUNSETIFF (linux/if_tun.h)."""
_TAP, _BARE = 0x0002, 0x1000
_LARGEST = 1 << 16
_AT_ONCE = 64
"""Frames that are read of one end before the other has its turn."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """How the cable is. `cut`: ways on which nothing gets through; `delay` in seconds, each way; `loss` of all frames."""

    cut: frozenset[Way] = frozenset()
    delay: float = 0.0
    loss: float = 0.0


WHOLE = Spoilt()


@dataclass
class Wire:
    """Made by `wire`. `spoilt` may be set at any time; frames that are under way arrive as they would have."""

    ends: dict[Way, int]
    """The TAP device from which the frames of a way come."""
    spoilt: Spoilt = WHOLE
    _due: deque[tuple[float, int, bytes]] = field(default_factory=deque)
    _chance: random.Random = field(default_factory=lambda: random.Random(1))

    def cut(self, *ways: Way) -> None:
        """Let nothing through; without `ways`: in both."""
        self.spoilt = Spoilt(frozenset(ways or BOTH))

    def carry(self, over: int) -> None:
        """Carry frames until something is written into the pipe `over`."""
        with selectors.DefaultSelector() as selector:
            for way, end in self.ends.items():
                selector.register(end, selectors.EVENT_READ, way)
            selector.register(over, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(self._pause()):
                    if key.fd == over:
                        return
                    self._take(key.data)
                self._deliver()

    def _pause(self) -> float | None:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None

    def _take(self, way: Way) -> None:
        """What one end has sent."""
        to = self.ends[_BACK[way]]
        with contextlib.suppress(BlockingIOError):
            for _ in range(_AT_ONCE):
                frame, spoilt = os.read(self.ends[way], _LARGEST), self.spoilt
                if way in spoilt.cut or self._chance.random() < spoilt.loss:
                    continue
                if spoilt.delay:
                    self._due.append((time.monotonic() + spoilt.delay, to, frame))
                else:
                    _write(to, frame)

    def _deliver(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, to, frame = self._due.popleft()
            _write(to, frame)


_BACK = {Way.UP: Way.DOWN, Way.DOWN: Way.UP}


def _write(to: int, frame: bytes) -> None:
    with contextlib.suppress(OSError):  # that end is down, or has no room: the frame is lost
        os.write(to, frame)


@contextlib.contextmanager
def wire(above: Namespace, below: Namespace, names: tuple[str, str]) -> Iterator[Wire]:
    """A cable, with an interface of these names above and below. UP is the way from below to above."""
    made = Wire({Way.DOWN: _tap(above, names[0]), Way.UP: _tap(below, names[1])})
    over, end = os.pipe()
    thread = threading.Thread(target=made.carry, args=(over,))
    thread.start()
    try:
        yield made
    finally:
        os.write(end, b".")
        thread.join()
        for file in (over, end, *made.ends.values()):
            os.close(file)


def _tap(namespace: Namespace, name: str) -> int:
    """A TAP device whose interface is in the namespace."""
    with entered(namespace):
        file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(file, _MAKE, struct.pack("16sH", name.encode(), _TAP | _BARE))
    return file
