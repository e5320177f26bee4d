"""Ctrl-C and SIGTERM. Once a request is out, the first one is a wish that the session passes on to the daemon."""

from __future__ import annotations

import os

from xcat_client.native import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


class Interrupts:
    """Holds the first signal for the session's loop, which `wakeup` (a file descriptor) wakes.

    Before a request is out (`sent`), and at a second signal, the program ends at once with 128 + the signal's number.
    """

    __slots__ = ("_before", "_writer", "first", "sent", "wakeup")

    def __init__(self) -> None:
        self.first = 0
        self.sent = False
        self.wakeup, self._writer = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(self._writer, False)
        native = signals()
        native.set_wakeup_fd(self._writer)
        self._before = {number: native.getsignal(number) for number in (native.SIGINT, native.SIGTERM)}
        for number, handler in self._before.items():
            if handler is not native.SIG_IGN:  # started by nohup, or in the background by a shell without job control
                native.signal(number, self._arrived)

    def _arrived(self, number: int, _: FrameType | None) -> None:
        if self.first or not self.sent:
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
