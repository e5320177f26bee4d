"""One request and its answer: every byte in order, nothing read too early, and an end in every case."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.client.daemon import Call, Script, frame
from xcat_client import session
from xcat_client.connect import Clear
from xcat_client.interrupts import Interrupts
from xcat_client.session import Session
from xcat_client.trouble import Trouble


class Terminal:
    """Standard input, output and errors that a test holds the other ends of."""

    def __init__(self) -> None:
        self.input, self.typed = os.pipe()
        self.shown, self.output = os.pipe()
        self.complaints, self.errors = os.pipe()
        self.open = {self.input, self.typed, self.shown, self.output, self.complaints, self.errors}

    def close(self, *ends: int) -> None:
        for end in ends or tuple(self.open):
            os.close(end)
            self.open.remove(end)

    def run(self, script: Script) -> int:
        """The exit status of a request to a daemon that follows `script`."""
        here, there = socket.socketpair()
        call = Call(there)
        daemon = threading.Thread(target=self._serve, args=(script, call))
        daemon.start()
        try:
            with here, closing(Interrupts()) as interrupts:
                streams = (self.input, self.output, self.errors)
                return Session(here, Clear(), interrupts, streams).run(b"{}")
        finally:
            daemon.join()

    @staticmethod
    def _serve(script: Script, call: Call) -> None:
        with closing(call):
            assert call.receive() == (b"Q", b"{}")
            script(call)

    def read(self, end: int) -> bytes:
        os.set_blocking(end, False)
        try:
            return os.read(end, 1 << 20)
        except BlockingIOError:
            return b""


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("sent", "status"), [(b"0", 0), (b"1", 1), (b"255", 255), (b"257", 1), (b"256", 1), (b"512", 1)]
)
def test_the_exit_status_is_the_daemons_and_never_wraps_to_success(
    terminal: Terminal, sent: bytes, status: int
) -> None:
    assert terminal.run(lambda call: call.send(b"X", sent)) == status


@pytest.mark.parametrize("sent", [b"", b"-1", b"ok", "٣".encode()])
def test_an_exit_status_that_is_no_number_is_an_error(terminal: Terminal, sent: bytes) -> None:
    with pytest.raises(Trouble, match="sent something that is no number"):
        terminal.run(lambda call: call.send(b"X", sent))


def test_output_and_errors_go_where_they_belong(terminal: Terminal) -> None:
    def script(call: Call) -> None:
        for kind, payload in ((b"O", b"n1\n"), (b"O", b"n2\n"), (b"E", b"n3: \xff\n"), (b"O", b"n4\n"), (b"X", b"1")):
            call.send(kind, payload)

    assert terminal.run(script) == 1
    assert terminal.read(terminal.shown) == b"n1\nn2\nn4\n"
    assert terminal.read(terminal.complaints) == b"n3: \xff\n"


def test_frames_may_arrive_byte_by_byte(terminal: Terminal) -> None:
    def script(call: Call) -> None:
        call.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        for byte in frame(b"O", b"n1\n") + frame(b"E", b"") + frame(b"X", b"5"):
            call.sock.sendall(bytes((byte,)))

    assert terminal.run(script) == 5
    assert terminal.read(terminal.shown) == b"n1\n"


def test_an_answer_without_end_is_called_so_after_it_is_shown(terminal: Terminal) -> None:
    def script(call: Call) -> None:
        call.send(b"O", b"n1\n")
        call.sock.sendall(frame(b"O", b"n2\n")[:-1])

    with pytest.raises(
        Trouble, match="communication with the xCAT server seems to have been ended prematurely"
    ) as caught:
        terminal.run(script)
    assert caught.value.status == 1
    assert terminal.read(terminal.shown) == b"n1\n"


def test_a_daemon_that_hears_no_more_is_still_listened_to(terminal: Terminal) -> None:
    """It says no and why while the client is still sending: the words count, not the broken pipe."""

    def script(call: Call) -> None:
        call.sock.shutdown(socket.SHUT_RD)
        call.send(b"W")
        for _ in range(2):  # a pipe holds one piece: the second is in when the client has taken the first
            os.write(terminal.typed, b"x" * 65536)
        call.send(b"E", b"Error: no\n")
        call.send(b"X", b"1")

    assert terminal.run(script) == 1
    assert terminal.read(terminal.complaints) == b"Error: no\n"


def test_a_connection_that_is_reset_is_an_answer_without_end(terminal: Terminal) -> None:
    """The daemon closes while there is still something for it to read."""
    os.write(terminal.typed, b"yes")

    def script(call: Call) -> None:
        call.send(b"W")
        assert call.sock.recv(1, socket.MSG_PEEK)

    with pytest.raises(Trouble, match="ended prematurely"):
        terminal.run(script)


def test_what_is_no_xcatd_is_called_so(terminal: Terminal) -> None:
    with pytest.raises(Trouble, match="does not speak the language of this client"):
        terminal.run(lambda call: call.sock.sendall(b"220 mail.example ESMTP\r\n"))


def test_input_is_left_alone_unless_it_is_asked_for(terminal: Terminal) -> None:
    os.write(terminal.typed, b"for the next command")
    assert terminal.run(lambda call: call.send(b"X", b"0")) == 0
    assert terminal.read(terminal.input) == b"for the next command"


def test_input_that_is_asked_for_comes_whole(terminal: Terminal) -> None:
    text = bytes(range(256)) * 4000
    received = []

    def type_text() -> None:
        view = memoryview(text)
        while view:
            view = view[os.write(terminal.typed, view) :]
        terminal.close(terminal.typed)

    def script(call: Call) -> None:
        call.send(b"W")
        while (got := call.receive()) and got[1]:
            assert got[0] == b"I"
            received.append(got[1])
        assert got == (b"I", b"")
        call.send(b"X", b"0")

    typist = threading.Thread(target=type_text)
    typist.start()
    assert terminal.run(script) == 0
    typist.join()
    assert b"".join(received) == text


def test_a_command_may_end_before_its_input_does(terminal: Terminal) -> None:
    os.write(terminal.typed, b"yes\n")

    def script(call: Call) -> None:
        call.send(b"O", b"sure? ")
        call.send(b"W")
        assert call.receive() == (b"I", b"yes\n")
        call.send(b"X", b"0")

    assert terminal.run(script) == 0
    assert terminal.read(terminal.shown) == b"sure? "


def test_input_without_data_yet_is_waited_for(terminal: Terminal) -> None:
    """Also when its other user has made it non-blocking, and when somebody else was faster."""
    os.set_blocking(terminal.input, False)

    def script(call: Call) -> None:
        call.send(b"W")
        os.write(terminal.typed, b"late")
        assert call.receive() == (b"I", b"late")
        call.send(b"X", b"0")

    assert terminal.run(script) == 0


def test_input_that_cannot_be_read_is_an_error(terminal: Terminal, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    os.dup2(folder, terminal.input)
    os.close(folder)
    with pytest.raises(Trouble, match=r"Cannot read standard input \(Is a directory\)"):
        terminal.run(lambda call: call.send(b"W"))


@pytest.mark.parametrize("blocking", [True, False])
def test_a_large_answer_comes_whole_through_a_slow_reader(terminal: Terminal, blocking: bool) -> None:
    """Also where somebody has made standard output non-blocking."""
    os.set_blocking(terminal.output, blocking)
    line = b"%07d\n"
    lines = 100_000
    shown = bytearray()

    def reader() -> None:
        while len(shown) < 8 * lines:
            shown.extend(os.read(terminal.shown, 5000))

    def script(call: Call) -> None:
        for start in range(0, lines, 1000):
            call.sock.sendall(b"".join(frame(b"O", line % number) for number in range(start, start + 1000)))
        call.send(b"X", b"0")

    reading = threading.Thread(target=reader)
    reading.start()
    assert terminal.run(script) == 0
    reading.join()
    assert shown == b"".join(line % number for number in range(lines))


def test_a_reader_that_stops_stops_the_daemon(terminal: Terminal) -> None:
    """Nobody reads: the daemon can send only what the buffers hold, and the rest once somebody reads again."""
    total = 32 << 20
    accepted = 0
    shown = 0

    def script(call: Call) -> None:
        nonlocal accepted
        call.sock.settimeout(0.3)
        piece = frame(b"O", b"x" * 65536)
        try:
            while accepted < total:
                accepted += call.sock.send(piece[accepted % len(piece) :])
        except TimeoutError:
            reading.start()
        call.sock.settimeout(None)
        call.sock.sendall(piece[accepted % len(piece) :])
        call.send(b"X", b"0")

    def reader() -> None:
        nonlocal shown
        while data := os.read(terminal.shown, 1 << 20):
            shown += len(data)

    reading = threading.Thread(target=reader)
    assert terminal.run(script) == 0
    terminal.close(terminal.output)
    reading.join()
    assert accepted < 2 << 20
    assert shown == (accepted // (65536 + 9) + 1) * 65536


def test_a_reader_that_has_gone_ends_the_command_quietly(terminal: Terminal) -> None:
    terminal.close(terminal.shown)
    hung_up = []

    def script(call: Call) -> None:
        call.send(b"O", b"n1\n")
        hung_up.append(call.receive() is None)

    assert terminal.run(script) == 141
    assert hung_up == [True]
    assert terminal.read(terminal.complaints) == b""


def test_a_full_disk_is_named(terminal: Terminal) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, terminal.output)
    os.close(full)
    with pytest.raises(Trouble, match=r"Cannot write to standard output \(No space left on device\)"):
        terminal.run(lambda call: call.send(b"O", b"n1\n"))


def test_after_ctrl_c_the_daemon_is_told_and_nothing_more_is_shown(terminal: Terminal) -> None:
    """Neither input nor output goes on, in whatever order the daemon's last words come."""

    def script(call: Call) -> None:
        call.send(b"W")
        os.write(terminal.typed, b"yes")
        assert call.receive() == (b"I", b"yes")
        os.kill(os.getpid(), signal.SIGINT)
        assert call.receive() == (b"A", b"")
        for kind, payload in ((b"O", b"late"), (b"W", b""), (b"E", b"later"), (b"X", b"0")):
            call.send(kind, payload)

    assert terminal.run(script) == 130
    assert terminal.read(terminal.shown) + terminal.read(terminal.complaints) == b""


def test_after_ctrl_c_a_daemon_that_hangs_up_ends_it(terminal: Terminal) -> None:
    def script(call: Call) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        assert call.receive() == (b"A", b"")

    assert terminal.run(script) == 143


def test_after_ctrl_c_a_deaf_daemon_is_not_waited_for_long(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ABORT_SECONDS", 0.1)

    def script(call: Call) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert call.receive() == (b"A", b"")
        assert call.receive() is None

    assert terminal.run(script) == 130
