"""A reader that stops, stops the workers: memory stays bounded, others are served, and nothing is lost when it goes on."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, build
from tests.helpers.frameclient import FrameClient
from tests.helpers.stage import Typed, give_plugin
from tests.helpers.xmlclient import client_context

MIB = 1 << 20
NODES = 20_000
TALK = ("200000", "1000")
"""Lines and their length: 200 MB, of which a daemon must not keep more than a few."""
PAUSE = 5000
"""Milliseconds for which the loop may be away on a machine that is busy with other things too."""
SLACK = 24 * MIB
"""What a daemon may take for a stopped reader: buffers of the kernel's and ours, and what Python keeps for later."""


@dataclass(frozen=True)
class Pair:
    """A management node and a service node; `near` is served by the first, `far` by the second."""

    mn: Daemon
    sn: Daemon


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    cluster = build(tmp_path_factory.mktemp("pair"), ("sn1",))
    pair = Pair(cluster.management, cluster.services[0])
    try:
        for daemon in cluster.all:
            give_plugin(daemon)
            daemon.start()
        typed(
            pair.mn,
            f"nodeadd n[00001-{NODES}] groups=crowd",
            "nodeadd near groups=few",
            "nodeadd far groups=few noderes.servicenode=sn1",
        )
        until(lambda: pair.sn.run("labtalk", "far", "1", "2").returncode == 0, "the tables on sn1")
        yield pair
    finally:
        cluster.stop()


def memory(daemon: Daemon) -> int:
    """Bytes that a daemon has in memory (VmRSS, proc(5))."""
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def others_are_served(daemon: Daemon) -> None:
    """Somebody else gets answers, by both doors, and does not wait for his turn of the loop."""
    for tls in (False, True):
        with FrameClient(daemon, tls=tls) as client:
            for _ in range(20):
                assert client.ask("nodels", "near").stdout == "near\n"
    with FrameClient(daemon) as client:
        assert int(client.ask("labpause", "100").stdout) < PAUSE


def test_others_are_served_while_much_is_said_and_read(pair: Pair) -> None:
    with Typed(pair.mn, "labtalk", "far,near", *TALK, stdout=subprocess.DEVNULL) as talk:
        until(lambda: '"command": "labtalk"' in pair.mn.log(), "the beginning")
        others_are_served(pair.mn)
        assert talk.process.poll() is None, "more than forty answers came before it had said everything"


@pytest.mark.parametrize("tls", [False, True], ids=["socket", "port"])
@pytest.mark.parametrize("node", ["near", "far"])
def test_a_caller_who_does_not_read_costs_little_memory_and_delays_nobody(pair: Pair, node: str, tls: bool) -> None:
    before = memory(pair.mn), memory(pair.sn)
    with FrameClient(pair.mn, tls=tls) as silent:
        silent.send("labtalk", node, *TALK)
        others_are_served(pair.mn)
        others_are_served(pair.mn)
        assert memory(pair.mn) < before[0] + SLACK
        assert memory(pair.sn) < before[1] + SLACK
        if node == "far":
            assert pair.sn.run("labpause", "50").returncode == 0
    others_are_served(pair.mn)


def test_an_old_client_that_does_not_read_costs_as_little(pair: Pair) -> None:
    before = memory(pair.mn)
    words = "".join(f"<arg>{word}</arg>" for word in TALK)
    request = f"<xcatrequest><command>labtalk</command><noderange>far</noderange>{words}</xcatrequest>"
    with (
        socket.create_connection((pair.mn.address, pair.mn.port)) as bare,
        client_context(pair.mn.credentials).wrap_socket(bare) as silent,
    ):
        silent.sendall(request.encode())
        assert silent.recv(1000).startswith(b"<xcatresponse>")
        others_are_served(pair.mn)
        others_are_served(pair.mn)
        assert memory(pair.mn) < before + SLACK


def test_a_client_that_is_stopped_stops_the_daemon_and_gets_everything_when_it_goes_on(pair: Pair) -> None:
    before = memory(pair.mn)
    with Typed(pair.mn, "labtalk", "far", "40000", "1000") as talk:
        assert talk.line().startswith("far: 0 ")
        talk.process.send_signal(signal.SIGSTOP)
        others_are_served(pair.mn)
        others_are_served(pair.mn)
        assert memory(pair.mn) < before + SLACK
        talk.process.send_signal(signal.SIGCONT)
        status, out, err = talk.end()
    assert (status, err) == (0, "")
    assert [line.split()[1] for line in out.splitlines()] == [str(number) for number in range(1, 40000)]


def test_a_slow_reader_is_not_counted_against_the_time_of_the_command(pair: Pair) -> None:
    """`labhurry` has a second; its reader sleeps longer."""
    with Typed(pair.mn, "labhurry", "far,near", "3000", "1000") as talk:
        with pytest.raises(subprocess.TimeoutExpired):
            talk.process.wait(1.6)
        status, out, err = talk.end()
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 6000


@pytest.mark.parametrize("argv", [("nodels",), ("tabdump", "nodelist")])
def test_a_large_answer_arrives_whole_however_late_it_is_read(pair: Pair, argv: tuple[str, ...]) -> None:
    before = memory(pair.mn)
    silent = [FrameClient(pair.mn, tls=bool(number % 2)) for number in range(8)]
    try:
        for client in silent:
            client.send(*argv)
        others_are_served(pair.mn)
        assert memory(pair.mn) < before + SLACK
        for client in silent:
            text = b"".join(payload for kind, payload in client.answer() if kind == b"O")
            assert len([line for line in text.splitlines() if line.strip(b'"').startswith(b"n")]) == NODES + 1
    finally:
        for client in silent:
            client.socket.close()


def test_a_large_answer_passes_a_link_whole(pair: Pair) -> None:
    assert typed(pair.sn, "nodels crowd") == "".join(f"n{number:05}\n" for number in range(1, NODES + 1))
