"""A terminal that gives every key at once, for commands that the daemon has read keys."""

from __future__ import annotations

import os

from xcat_client.native import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGHUP, _SIGQUIT, _SIGCONT, _SIGTSTP, _SIGWINCH = 1, 3, 18, 20, 28
"""Linux's numbers (signal(7)); `_signal` need not be asked for names that only this module uses."""

ENDING = (_SIGHUP, _SIGQUIT)
"""Signals that would end the program and leave the terminal in raw mode, besides those that are heeded in any case."""

LEAVE = b"\x05c."
"""What leaves a console, as with conserver. The daemon acts on it; the client does when the daemon is deaf."""


class Terminal:
    """The terminal behind a descriptor, in raw mode until `close`; anything else is left as it is.

    Signals that concern it are noted; they wake the session's loop, which has `heed` act on them. In the background the
    terminal is the shell's, and is not touched.
    """

    __slots__ = ("_before", "_continued", "_descriptor", "_last_keys", "_old_handlers", "_resized", "_stopping")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = _modes(descriptor)
        self._last_keys = b""
        self._resized = True
        self._continued = self._stopping = False
        self._old_handlers: dict[int, Any] = {}
        if self.is_one:
            native = signals()
            for number in (_SIGWINCH, _SIGCONT, _SIGTSTP):
                self._old_handlers[number] = native.signal(number, self._note)
        self._raw()

    @property
    def is_one(self) -> bool:
        """Whether it is a terminal at all."""
        return self._before is not None

    def heed(self) -> bool:
        """Do what signals have asked for; True when there is a size to be told."""
        if self._stopping:
            self.suspend()
        if self._continued:  # the shell may have changed the terminal and its size meanwhile
            self._continued = False
            self._resized = True
            self._raw()
        return self._resized

    def size(self) -> bytes:
        """Its rows and columns, 2 bytes each, big endian; zeroes when nobody knows."""
        self._resized = False
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            columns = rows = 0
        return min(rows, 0xFFFF).to_bytes(2, "big") + min(columns, 0xFFFF).to_bytes(2, "big")

    def suspend(self) -> None:
        """Stop as after ^Z; when the shell lets us go on, the terminal is as it was here. Without a shell that could, go on."""
        self._stopping = False
        self._restore()
        native = signals()
        native.signal(_SIGTSTP, self._old_handlers[_SIGTSTP])
        os.kill(0, _SIGTSTP)  # the whole job, as the terminal would
        native.signal(_SIGTSTP, self._note)
        self._raw()
        self._resized = True

    def new_line(self) -> None:
        """What is to be said next, about something that went wrong, begins a line."""
        if self.is_one:
            try:
                os.write(self._descriptor, b"\r\n")
            except OSError:  # it has hung up, or may only be read
                return

    def leaves(self, keys: bytes) -> bool:
        """Whether `LEAVE` is among the keys that have been typed, of which `keys` are the last ones."""
        typed = self._last_keys + keys
        self._last_keys = typed[1 - len(LEAVE) :]
        return LEAVE in typed

    def close(self) -> None:
        """Give it back as it was."""
        self._restore()
        native = signals()
        for number, handler in self._old_handlers.items():
            native.signal(number, handler)

    def _raw(self) -> None:
        """In the background this stops the program, as anything does that wants the terminal there."""
        if self.is_one:
            import termios
            import tty

            try:
                tty.setraw(self._descriptor, termios.TCSADRAIN)
            except termios.error:  # it has hung up, or a signal came while we were stopped
                return

    def _restore(self) -> None:
        if self.is_one and _is_foreground(self._descriptor):
            import termios

            try:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]
            except termios.error:  # it has hung up
                return

    def _note(self, number: int, _: FrameType | None) -> None:
        if number == _SIGWINCH:
            self._resized = True
        elif number == _SIGCONT:
            self._continued = True
        else:
            self._stopping = True


def _modes(descriptor: int) -> list[Any] | None:
    """A terminal's modes, None if it is none."""
    import termios

    try:
        return termios.tcgetattr(descriptor)
    except termios.error:
        return None


def _is_foreground(descriptor: int) -> bool:
    """Whether we may change this terminal; one that no shell divides among its jobs, always."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return True
