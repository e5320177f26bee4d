"""Ctrl-C and SIGTERM at the real program: the daemon is told, and the client ends in time and says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.unit.client.daemon import Call, Daemon, local_listener, network_listener
from xcat_client.interrupts import Interrupts

Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(commands: Path, root: Path) -> Iterator[Started]:
    """Start `nodels` against the daemon of `root`."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*before: str, **env: str) -> subprocess.Popen[bytes]:
        words = [*before, str(commands / "nodels")]
        environment = {"XCAT_ROOT": str(root), **env}
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


@contextmanager
def _at_work(root: Path, after: Callable[[Call], None]) -> Iterator[list[object]]:
    """A daemon whose command is at work until the abort comes; the frames after the request are noted."""
    heard: list[object] = []

    def script(call: Call) -> None:
        call.request()
        call.send(b"O", b"working\n")
        heard.append(call.receive())
        after(call)

    with Daemon(script, local_listener(root)):
        yield heard


def _wait_until_working(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_is_aborted(root: Path, start: Started, number: int, status: int) -> None:
    def ends(call: Call) -> None:
        call.send(b"O", b"too late\n")
        call.send(b"E", b"Error: aborted\n")
        call.send(b"X", b"1")

    with _at_work(root, ends) as heard:
        process = start()
        _wait_until_working(process)
        process.send_signal(number)
        assert process.communicate(timeout=60) == (b"", b"")
    assert heard == [(b"A", b"")]
    assert process.returncode == status


def test_a_daemon_that_just_hangs_up_on_an_abort_is_as_good(root: Path, start: Started) -> None:
    with _at_work(root, lambda call: None):
        process = start()
        _wait_until_working(process)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 130


def test_an_abort_that_the_daemon_does_not_hear_takes_two_seconds(root: Path, start: Started) -> None:
    with _at_work(root, lambda call: _until_it_hangs_up(call)):
        process = start()
        _wait_until_working(process)
        before = monotonic()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
        assert monotonic() - before > 1.9
    assert process.returncode == 130


def _until_it_hangs_up(call: Call) -> None:
    assert call.receive() is None


def test_a_second_interrupt_ends_at_once(root: Path, start: Started) -> None:
    aborting = threading.Event()

    def deaf(call: Call) -> None:
        aborting.set()
        _until_it_hangs_up(call)

    with _at_work(root, deaf):
        process = start()
        _wait_until_working(process)
        process.send_signal(signal.SIGINT)
        assert aborting.wait(60)
        before = monotonic()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
        assert monotonic() - before < 1.9
    assert process.returncode == 130


def test_an_interrupt_counts_while_nobody_reads_the_output(root: Path, start: Started) -> None:
    stuck = threading.Event()

    def flood(call: Call) -> None:
        call.request()
        call.sock.settimeout(0.3)
        try:
            while True:
                call.send(b"O", b"x" * 65536)
        except TimeoutError:
            stuck.set()
        call.sock.settimeout(60)
        assert call.receive() == (b"A", b"")

    with Daemon(flood, local_listener(root)):
        process = start()
        assert stuck.wait(60)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_an_interrupt_before_the_request_is_out_ends_at_once(start: Started, credentials: Path) -> None:
    shaking = threading.Event()

    def silent(call: Call) -> None:
        assert call.sock.recv(1)
        shaking.set()
        while call.sock.recv(1 << 16):
            pass

    with Daemon(silent, network_listener()) as daemon:
        process = start(XCATHOST=f"127.0.0.1:{daemon.port}", XCAT_CREDENTIALS=str(credentials))
        assert shaking.wait(60)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 143


def test_a_client_under_nohup_goes_on(root: Path, start: Started) -> None:
    proceed = threading.Event()

    def script(call: Call) -> None:
        call.request()
        call.send(b"O", b"working\n")
        assert proceed.wait(60)
        call.send(b"X", b"0")

    with Daemon(script, local_listener(root)):
        process = start("sh", "-c", 'trap "" INT; exec "$0"')
        _wait_until_working(process)
        process.send_signal(signal.SIGINT)
        proceed.set()
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 0


def test_afterwards_all_is_as_before() -> None:
    """Seen from within one process, as other programs may use these modules."""
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    interrupts = Interrupts()
    interrupts.sent = True
    os.kill(os.getpid(), signal.SIGTERM)
    assert interrupts.first == signal.SIGTERM
    assert os.read(interrupts.wakeup, 10) == bytes((signal.SIGTERM,))
    interrupts.close()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
