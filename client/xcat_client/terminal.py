"""A terminal that gives every key at once, for commands that the daemon has read keys."""

from __future__ import annotations

import os

from xcat_client.native import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGWINCH, _SIGTSTP = 28, 20
"""Linux's numbers (signal(7)); `_signal` need not be asked for names that only this module uses."""


class Terminal:
    """The terminal behind a descriptor, in raw mode until `close`; anything else is left as it is.

    `resized` is set when its window has another size; the session's loop is woken by the signal.
    """

    __slots__ = ("_before", "_descriptor", "_old_handler", "resized")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: list[Any] | None = None
        self.resized = True
        self._old_handler = signals().signal(_SIGWINCH, self._window)
        self._raw()

    @property
    def is_one(self) -> bool:
        """Whether it is a terminal at all."""
        return self._before is not None

    def size(self) -> bytes:
        """Its rows and columns, 2 bytes each, big endian; zeroes when nobody knows."""
        self.resized = False
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            columns = rows = 0
        return min(rows, 0xFFFF).to_bytes(2, "big") + min(columns, 0xFFFF).to_bytes(2, "big")

    def suspend(self) -> None:
        """Stop as after ^Z; when the shell lets us go on, the terminal is as it was here."""
        self._restore()
        os.kill(0, _SIGTSTP)  # the whole job, as the terminal would
        self._raw()
        self.resized = True

    def close(self) -> None:
        """Give it back as it was."""
        self._restore()
        signals().signal(_SIGWINCH, self._old_handler)

    def _raw(self) -> None:
        import termios
        import tty

        try:
            self._before = termios.tcgetattr(self._descriptor)
            tty.setraw(self._descriptor, termios.TCSADRAIN)
        except termios.error:
            self._before = None

    def _restore(self) -> None:
        if self._before is not None:
            import termios

            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def _window(self, number: int, _: FrameType | None) -> None:
        self.resized = True
