"""People at terminals: one who types and waits for each key's echo, and some who look on."""

from __future__ import annotations

import os
import re
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.consoles.place import Place
from tests.helpers.atterminal import Sitting, at_terminal

PAUSE = 0.02
"""Seconds between an echo and the next key: about as quickly as a held key repeats."""
LOST = 20.0
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
LEFT_OUT = re.compile(rb"\[(\d+) bytes are left out here")


def echoes(place: Place, keys: int) -> list[float]:
    """Milliseconds from a key, typed at a terminal with `rcons`, to its echo from the far side on that terminal."""
    with at_terminal(place.mn, "rcons", place.echo) as sitting:
        sitting.shell.see("[you type]\r\n")
        found = []
        for number in range(keys):
            time.sleep(PAUSE)
            found.append(1000 * _echo(sitting, _LETTERS[number % len(_LETTERS)]))
        sitting.shell.type("\x05c.")
        sitting.shell.see("[disconnected]")
        return found


def _echo(sitting: Sitting, letter: int) -> float:
    key = bytes((letter,))
    began = time.perf_counter()
    os.write(sitting.terminal, key)
    if not select.select([sitting.terminal], [], [], LOST)[0]:
        raise SystemExit("a key was not echoed")
    said = os.read(sitting.terminal, 1 << 16)
    spent = time.perf_counter() - began
    if said != key:
        raise SystemExit(f"a key came back as {said!r}")
    return spent


@dataclass
class Screen:
    """What somebody has seen who looks on."""

    sitting: Sitting
    seen: bytearray = field(default_factory=bytearray)
    _done: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Until it is told to stop, and nothing more comes."""
        while select.select([self.sitting.terminal], [], [], 0.2)[0] or not self._done.is_set():
            if select.select([self.sitting.terminal], [], [], 0)[0]:
                self.seen += os.read(self.sitting.terminal, 1 << 16)

    def stop(self) -> None:
        self._done.set()

    @property
    def left_out(self) -> int:
        """Bytes that the daemon has left out, as it says."""
        return sum(int(found[1]) for found in LEFT_OUT.finditer(self.seen))


@contextmanager
def onlooker(place: Place, name: str) -> Iterator[Screen]:
    """Somebody who looks on at this node's console, and has seen nothing yet. He reads when `read` is called."""
    with at_terminal(place.mn, "rcons", name, "-s") as sitting:
        sitting.shell.see("[you look on only]\r\n")
        yield Screen(sitting)


@contextmanager
def reading(screen: Screen) -> Iterator[None]:
    """He reads meanwhile, and to the end of what is there."""
    thread = threading.Thread(target=screen.read)
    thread.start()
    try:
        yield
    finally:
        screen.stop()
        thread.join()
