"""One request and its answer: a loop that moves bytes between the daemon and the standard streams.

All waiting is in one poll(). Nothing is read from the daemon while its last output has not been written: a reader
that stops stops the daemon. Standard input is read only when the daemon has asked for it, and while it listens.
"""

from __future__ import annotations

import os
from select import PIPE_BUF, POLLIN, POLLOUT, poll
from time import monotonic

from xcat_client.frames import (
    ABORT,
    ELSEWHERE,
    ERRORS,
    INPUT,
    KEYS,
    OUTPUT,
    REQUEST,
    SUSPEND,
    WANT_INPUT,
    WINDOW,
    Answers,
    frame,
)
from xcat_client.trouble import FAILED, Elsewhere, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from typing import Protocol

    from xcat_client.interrupts import Interrupts
    from xcat_client.terminal import Terminal

    class Wire(Protocol):
        """What is on the network, and what it means."""

        def seal(self, data: bytes) -> bytes: ...
        def open(self, data: bytes) -> bytes: ...
        def farewell(self) -> bytes: ...


BROKEN_PIPE = 141
"""Exit status when nobody reads our output any more, as of a program that SIGPIPE ended (128 + 13)."""

ABORT_SECONDS = 2.0
"""How long an aborted command may take to end, as with xCAT 2."""

_PIECE = 1 << 16


class Session:
    """A request in progress. `streams` are the descriptors of standard input, output and errors."""

    def __init__(
        self, sock: socket, wire: Wire, interrupts: Interrupts, streams: tuple[int, int, int] = (0, 1, 2)
    ) -> None:
        self._sock = sock
        self._wire = wire
        self._interrupts = interrupts
        self._input, self._output, self._errors = streams
        self._answers = Answers()
        self._outbox = bytearray()  # for the daemon
        self._shown = self._output  # the stream that `_text` is for
        self._text = bytearray()
        self._held: tuple[bytes, bytes] | None = None  # an answer that waits until `_text` is written
        self._wants_input = False
        self._terminal: Terminal | None = None
        self._may_type = 0  # bytes of keys that the daemon takes now
        self._ended = False
        self._lost = ""  # why the network says that there is nobody any more
        self._deadline = 0.0
        self._leaving = False  # without the daemon, if it says nothing until `_deadline`
        self._status: int | None = None

    def run(self, request: bytes) -> int:
        """The exit status of the command. Raises Trouble when there is none, Elsewhere when the daemon does
        not run commands now."""
        self._sock.setblocking(False)
        self._post(REQUEST, request)
        self._interrupts.sent = True
        try:
            while self._status is None:
                self._turn()
        except Trouble:
            if self._terminal is not None:
                self._terminal.new_line()
            raise
        finally:
            if self._terminal is not None:
                self._interrupts.last = None
                self._terminal.close()
        self._leave()
        return self._status

    def _turn(self) -> None:
        """Wait until something can be moved, and move it."""
        poller = poll()
        for descriptor, events in self._interests():
            poller.register(descriptor, events)
        patience = max(0.0, self._deadline - monotonic()) * 1000 if self._deadline else None
        ready = dict(poller.poll(patience))
        if self._interrupts.wakeup in ready:
            os.read(self._interrupts.wakeup, _PIECE)
        if self._interrupts.first:
            self._abort()
        elif self._terminal is not None and self._terminal.heed():
            self._post(WINDOW, self._terminal.size())
        if self._sock.fileno() in ready:
            self._push()
            self._pull()
        if self._shown in ready:
            self._show()
        if self._input in ready and self._takes_input:
            self._ask()
        self._settle()
        if self._leaving and self._status is None and monotonic() >= self._deadline:
            raise Trouble("The xCAT server does not answer: the console is left without it.")

    def _interests(self) -> list[tuple[int, int]]:
        interests = [(self._interrupts.wakeup, POLLIN)]
        listening = 0 if self._text or self._ended else POLLIN
        if events := listening | (POLLOUT if self._outbox else 0):
            interests.append((self._sock.fileno(), events))
        if self._text:
            interests.append((self._shown, POLLOUT))
        if self._takes_input and not self._outbox:
            interests.append((self._input, POLLIN))
        return interests

    @property
    def _takes_input(self) -> bool:
        """Whether the daemon has asked for some that we have not sent yet."""
        return self._wants_input or self._may_type > 0

    def _abort(self) -> None:
        """After Ctrl-C: ask the daemon to stop, show nothing more, and give it a moment."""
        status = 128 + self._interrupts.first
        if not self._deadline or self._leaving:
            self._leaving = False
            self._deadline = monotonic() + ABORT_SECONDS
            self._wants_input = False
            self._may_type = 0
            self._text.clear()
            self._post(ABORT)
        if self._ended or monotonic() >= self._deadline:
            self._status = status

    def _post(self, kind: bytes, payload: bytes = b"") -> None:
        self._outbox += self._wire.seal(frame(kind, payload))

    def _push(self) -> None:
        """To the daemon, what it takes."""
        try:
            while self._outbox:
                del self._outbox[: self._sock.send(self._outbox[:_PIECE])]
        except BlockingIOError:
            return
        except OSError as error:  # it has hung up; what it said before that is still to be read
            self._note_loss(error)
            self._outbox.clear()
            self._wants_input = False
            self._may_type = 0

    def _pull(self) -> None:
        """From the daemon, what it has said."""
        if self._text or self._ended:
            return
        try:
            data = self._sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            self._note_loss(error)
            data = b""
        self._ended = not data
        if self._leaving:  # it does answer
            self._leaving = False
            self._deadline = 0.0
        self._answers.feed(self._wire.open(data))
        self._outbox += self._wire.seal(b"")  # TLS may have something to say of its own (a new key)

    def _note_loss(self, error: OSError) -> None:
        from errno import EHOSTUNREACH, ENETUNREACH, ETIMEDOUT

        if error.errno in (EHOSTUNREACH, ENETUNREACH, ETIMEDOUT):
            self._lost = str(error.strerror)

    def _settle(self) -> None:
        """Work off the answers that have arrived, up to one that must wait for the terminal."""
        while self._status is None and (answer := self._held or self._answers.next()):
            self._held = answer
            if not self._take(*answer):
                return
            self._held = None
        if self._ended and self._status is None and not self._text:
            if not self._interrupts.first:
                raise self._broken_off()
            self._status = 128 + self._interrupts.first

    def _broken_off(self) -> Trouble:
        if self._lost:
            return Trouble(f"The connection to the xCAT server is lost ({self._lost}): see whether its host answers.")
        return Trouble("communication with the xCAT server seems to have been ended prematurely: look into its log.")

    def _take(self, kind: bytes, payload: bytes) -> bool:
        """Act on one answer; False when output must be written first."""
        if kind in (OUTPUT, ERRORS):
            return self._collect(self._output if kind == OUTPUT else self._errors, payload)
        if self._text:
            return False
        if kind == WANT_INPUT:
            self._wants_input = not self._interrupts.first
        elif kind == ELSEWHERE:
            sentence, *places = payload.decode(errors="replace").split("\n")
            raise Elsewhere(sentence, places)
        elif kind == KEYS:
            self._take_keys(self._number(payload))
        elif kind == SUSPEND:
            if self._terminal is not None and self._terminal.is_one:
                self._terminal.suspend()
        else:
            self._status = self._exit_status(payload)
        return True

    def _collect(self, stream: int, payload: bytes) -> bool:
        if self._interrupts.first:
            return True
        if self._text and stream != self._shown:
            return False
        self._shown = stream
        self._text += payload
        return True

    def _take_keys(self, more: int) -> None:
        """The command reads keys, and takes so many bytes more."""
        if self._terminal is None:
            from xcat_client import connect, terminal

            connect.watch(self._sock)
            self._terminal = terminal.Terminal(self._input)
            if self._terminal.is_one:
                self._interrupts.heed(*terminal.ENDING)
                self._interrupts.last = self._terminal.close
            self._post(WINDOW, self._terminal.size())
        if not self._interrupts.first:
            self._may_type += more

    def _number(self, payload: bytes) -> int:
        if not payload.isdigit():
            raise Trouble(
                "The xCAT daemon sent something that is no number: install client and daemon of the same version."
            )
        return int(payload)

    def _exit_status(self, payload: bytes) -> int:
        if self._interrupts.first:
            return 128 + self._interrupts.first
        status = self._number(payload)
        return status & 0xFF or (FAILED if status else 0)  # 256 must not become success

    def _show(self) -> None:
        """To the terminal, what it takes. After poll() a pipe takes PIPE_BUF bytes without blocking us."""
        try:
            del self._text[: os.write(self._shown, self._text[:PIPE_BUF])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._status = BROKEN_PIPE
        except OSError as error:
            name = "standard output" if self._shown == self._output else "standard error"
            raise Trouble(
                f"Cannot write to {name} ({error.strerror}): free some space, or send it elsewhere."
            ) from error

    def _ask(self) -> None:
        """A piece of standard input; an empty one tells the daemon that this was all."""
        try:
            data = os.read(self._input, min(_PIECE, self._may_type) if self._may_type else _PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            raise Trouble(
                f"Cannot read standard input ({error.strerror}): give a file, a pipe or </dev/null."
            ) from error
        self._post(INPUT, data)
        if self._terminal is None:
            self._wants_input = bool(data)
        else:
            self._may_type = max(0, self._may_type - len(data)) if data else 0
            if self._terminal.leaves(data) and not self._interrupts.first:
                self._leaving = True
                self._deadline = monotonic() + ABORT_SECONDS

    def _leave(self) -> None:
        """Say goodbye, if there is still somebody to hear it."""
        try:
            self._sock.send(self._wire.farewell())
        except OSError:
            return
