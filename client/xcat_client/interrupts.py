"""Ctrl-C and SIGTERM. Once a request is out, the first one is a wish that the session passes on to the daemon."""

from __future__ import annotations

import os

from xcat_client.native import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any


class Interrupts:
    """Holds the first signal for the session's loop, which `wakeup` (a file descriptor) wakes.

    Before a request is out (`sent`), and at a second signal, the program ends at once with 128 + the signal's number; before
    that it does what is in `last`.
    """

    __slots__ = ("_before", "_writer", "first", "last", "sent", "wakeup")

    def __init__(self) -> None:
        self.first = 0
        self.sent = False
        self.last: Callable[[], None] | None = None
        self.wakeup, self._writer = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(self._writer, False)
        native = signals()
        native.set_wakeup_fd(self._writer)
        self._before: dict[int, Any] = {}
        self.heed(native.SIGINT, native.SIGTERM)

    def heed(self, *numbers: int) -> None:
        """Take these signals for a wish to end, too."""
        native = signals()
        for number in numbers:
            self._before[number] = native.getsignal(number)
            if self._before[number] is not native.SIG_IGN:  # nohup's, or of a shell without job control
                native.signal(number, self._arrived)

    def _arrived(self, number: int, _: FrameType | None) -> None:
        if self.first or not self.sent:
            if self.last is not None:
                self.last()
            os._exit(128 + number)
        self.first = number

    def close(self) -> None:
        """Put everything back as it was."""
        native = signals()
        native.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            native.signal(number, handler)
        os.close(self.wakeup)
        os.close(self._writer)
