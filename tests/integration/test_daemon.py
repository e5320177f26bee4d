"""The life of a daemon: one per root, its hand-over, its end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import (
    PATIENCE,
    Daemon,
    environment,
    free_port,
    join,
    made,
    refused,
    running,
    write_settings,
)
from tests.helpers.frameclient import FrameClient
from tests.helpers.program import is_alive
from tests.helpers.stage import Typed, give_plugin, journal


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A management node that runs; tests leave it as they found it, perhaps as another process."""
    with alone(tmp_path_factory.mktemp("mn"), prepare=give_plugin) as daemon:
        typed(daemon, "nodeadd n1,n2 groups=all")
        yield daemon
        end_successors(daemon)


def pid(daemon: Daemon) -> int:
    """The process that serves, as its lock says."""
    return number_in(daemon.root / "run/xcat/xcatd.lock")


def number_in(path: Path) -> int:
    """What a file says that has a number and the end of the line; it may be in the middle of being written."""
    found: str = until(lambda: (text := path.read_text()).endswith("\n") and text, f"a number in {path}")
    return int(found)


def take_over(daemon: Daemon, *words: str) -> subprocess.Popen[bytes]:
    """Start a successor and wait until it serves."""
    before = pid(daemon)
    with (daemon.root / "stderr").open("ab") as errors:
        successor = subprocess.Popen(
            [sys.executable, "-m", "xcatd", "--root", str(daemon.root), *words],
            stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=environment(),
        )  # fmt: skip
    until(lambda: pid(daemon) != before, "the successor")
    assert pid(daemon) == successor.pid
    return successor


def adopt(daemon: Daemon, successor: subprocess.Popen[bytes]) -> None:
    """Make the successor the daemon's process, after the one before it has ended."""
    if daemon.process is not None:
        assert daemon.process.wait(PATIENCE) == 0
    daemon.process = successor


def end_successors(daemon: Daemon) -> None:
    """End a daemon that started itself anew, which is no child of ours."""
    if daemon.process is not None and daemon.process.poll() is not None:
        os.kill(pid(daemon), signal.SIGTERM)
        daemon.process = None


# -- one daemon per root ------------------------------------------------------------------------------------------------


def test_a_second_daemon_on_the_same_root_is_refused_and_harms_nobody(mn: Daemon) -> None:
    said = refused(mn)
    assert f"Process {pid(mn)} already serves {mn.root}" in said
    assert typed(mn, "nodels") == "n1\nn2\n"
    assert mn.run("nodels", tls=True).stdout == "n1\nn2\n"


def test_a_port_that_another_program_has_is_named(idle: Daemon) -> None:
    with socket.create_server(("127.0.0.1", idle.port)):
        assert f"Port {idle.port} of 127.0.0.1 is taken by another program" in refused(idle)
    idle.start()
    idle.stop()


def test_an_address_that_this_host_does_not_have_is_named(idle: Daemon) -> None:
    write_settings(idle, f"addresses: [192.0.2.1]\nport: {idle.port}\n")
    assert "192.0.2.1" in refused(idle)


def test_a_host_that_is_not_set_up_is_told_how_to(tmp_path: Path) -> None:
    said = refused(Daemon(tmp_path, "mn1"))
    assert f"not set up below {tmp_path}" in said
    assert "xcatd init --name NAME" in said


def test_after_a_kill_it_starts_again_over_what_is_left(idle: Daemon) -> None:
    idle.start()
    typed(idle, "nodeadd n1 groups=all")
    idle.stop(signal.SIGKILL)
    assert (idle.root / "run/xcat/xcatd.sock").exists()
    idle.start()
    assert typed(idle, "nodels") == "n1\n"
    assert idle.stop() == 0


def test_the_pid_file_is_that_of_the_daemon_that_serves(idle: Daemon, tmp_path: Path) -> None:
    pidfile = tmp_path / "xcatd.pid"
    idle.start("-f", "-p", str(pidfile))
    assert idle.process is not None
    until(pidfile.exists, "the pid file")
    assert number_in(pidfile) == idle.process.pid
    refused(idle, "-p", str(pidfile))
    assert number_in(pidfile) == idle.process.pid
    successor = take_over(idle, "-r", "-p", str(pidfile))
    adopt(idle, successor)
    until(lambda: number_in(pidfile) == successor.pid, "the successor's pid")
    idle.stop()
    assert not pidfile.exists()
    assert "there is no folder" in refused(idle, "-p", "/no/such/folder/pid")


def test_a_root_with_a_very_long_path_is_served(tmp_path: Path) -> None:
    root = tmp_path / ("x" * 200) / ("y" * 200)
    daemon = made(Daemon(root, "mn1", "127.0.0.1", free_port()))
    try:
        daemon.start()
        typed(daemon, "nodeadd n1 groups=all")
        adopt(daemon, take_over(daemon, "-r"))
        assert typed(daemon, "nodels") == "n1\n"
    finally:
        daemon.stop()


def test_ipv6_is_as_ipv4(tmp_path: Path) -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        return
    with contextlib.ExitStack() as stack:
        mn = made(Daemon(tmp_path / "mn1", "mn1", "::1", free_port("::1")))
        stack.callback(mn.stop)
        mn.start()
        done = mn.run("lsxcatd", "-t", tls=True)
        assert (done.stdout, done.stderr) == ("This is a Management Node\n", "")
        sn = join(mn, Daemon(tmp_path / "sn1", "sn1", "::1", free_port("::1"), master=mn.host))
        stack.callback(sn.stop)
        sn.start()
        until(lambda: sn.run("lsxcatd", "-t").stdout == "This is a Service Node\n", "the service node")
        until(lambda: sn.run("nodels").returncode == 0, "the link")


# -- hand-over ----------------------------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Callers who do not stop to ask, in threads; `failures` is what went wrong for one of them."""

    daemon: Daemon
    argv: tuple[str, ...]
    expected: str
    served: int = 0
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def calling(self, threads: int) -> Iterator[None]:
        """Half of them by the port, half by the socket."""
        callers = [threading.Thread(target=self._call, args=(bool(number % 2),)) for number in range(threads)]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            self.over.set()
            for caller in callers:
                caller.join()

    def _call(self, tls: bool) -> None:
        while not self.over.is_set():
            try:
                with FrameClient(self.daemon, tls=tls) as client:
                    answer = client.ask(*self.argv)
            except (OSError, ConnectionError) as error:
                self.failures.append(repr(error))
                continue
            if (answer.stdout, answer.stderr, answer.status) != (self.expected, "", 0):
                self.failures.append(repr(answer))
            self.served += 1


def test_five_successors_in_a_row_take_over_and_no_caller_notices(mn: Daemon) -> None:
    crowd = Crowd(mn, ("nodels",), "n1\nn2\n")
    with crowd.calling(8):
        for word in ("-r", "--restart", "-r", "--restart", "-r"):
            served = crowd.served
            adopt(mn, take_over(mn, word))
            until(lambda before=served: crowd.served > before + 8, "callers who are served")
    assert crowd.failures == []


def test_two_successors_at_the_same_time_take_turns(mn: Daemon) -> None:
    before = pid(mn)
    words = [sys.executable, "-m", "xcatd", "--root", str(mn.root), "-r"]
    with (mn.root / "stderr").open("ab") as errors:
        both = [subprocess.Popen(words, stdout=errors, stderr=errors, env=environment()) for _ in range(2)]
    until(lambda: [each.poll() for each in both].count(0) == 1, "the one that was taken over from")
    last = next(each for each in both if each.poll() is None)
    until(lambda: pid(mn) == last.pid, "the one that stays")
    adopt(mn, last)
    assert before not in (each.pid for each in both)
    assert typed(mn, "nodels") == "n1\nn2\n"


def test_a_command_that_runs_ends_in_the_old_daemon_while_the_new_one_serves(mn: Daemon, tmp_path: Path) -> None:
    with Typed(mn, "labwork", "n1", str(tmp_path)) as command:
        until(lambda: journal(tmp_path) == ["mn1 n1 began"], "the beginning")
        successor = take_over(mn, "-r")
        assert typed(mn, "nodels") == "n1\nn2\n"
        assert mn.process is not None
        assert mn.process.poll() is None
        (tmp_path / "n1.go").touch()
        assert command.end() == (0, "n1: done\n", "")
    adopt(mn, successor)


def test_a_successor_that_cannot_start_leaves_the_running_daemon_alone(mn: Daemon) -> None:
    broken = mn.root / "etc/xcat/plugins/broken.py"
    broken.write_text("this is no Python\n")
    try:
        assert str(broken) in refused(mn, "-r")
    finally:
        broken.unlink()
    assert typed(mn, "nodels") == "n1\nn2\n"


@pytest.mark.parametrize("word", [b"take over\n", b"what?", b""])
def test_somebody_who_asks_for_the_sockets_and_goes_away_gets_nothing(mn: Daemon, word: bytes) -> None:
    before = pid(mn)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        path = str(mn.root / "run/xcat/handover.sock")
        until(lambda: stranger.connect_ex(path) == 0, "the daemon's offer")
        if word == b"take over\n":
            stranger.shutdown(socket.SHUT_RD)
        if word:
            stranger.send(word)
    assert typed(mn, "nodels") == "n1\nn2\n"
    successor = take_over(mn, "-r")
    adopt(mn, successor)
    assert pid(mn) != before


def test_without_a_running_daemon_reload_starts_one(idle: Daemon) -> None:
    idle.start("-r")
    assert "MN" not in typed(idle, "nodels")
    assert '"services": false' in idle.log()
    idle.stop()


def test_sighup_starts_a_successor_with_the_settings_of_now(idle: Daemon, tmp_path: Path) -> None:
    pidfile = tmp_path / "xcatd.pid"
    idle.start("-p", str(pidfile))
    assert idle.process is not None
    before = idle.process.pid
    write_settings(idle, (idle.root / "etc/xcat/xcatd.yaml").read_text() + "log_level: error\n")
    idle.process.send_signal(signal.SIGHUP)
    assert idle.process.wait(PATIENCE) == 0
    assert pid(idle) != before
    until(lambda: number_in(pidfile) == pid(idle), "the successor's pid file")
    size = len(idle.log())
    typed(idle, "nodels")
    successor = pid(idle)
    os.kill(successor, signal.SIGTERM)
    until(lambda: not is_alive(successor), "the end")
    assert "nodels" not in idle.log()[size:]
    idle.process = None


def test_a_service_node_hands_over_and_no_request_through_it_fails(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster:
        mn, sn1 = cluster.all
        typed(mn, "nodeadd sn1 groups=service", "nodeadd n1 groups=all noderes.servicenode=sn1")
        typed(mn, "nodeadd n2 groups=all noderes.servicenode=sn1 nodehm.mgt=ipmi")
        give_plugin(sn1)
        give_plugin(mn)
        adopt(mn, take_over(mn, "-r"))
        adopt(sn1, take_over(sn1, "-r"))
        until(lambda: mn.run("labtalk", "n1", "1", "2").stdout == "n1: 0 \n", "sn1's plugin")
        down, up = Crowd(mn, ("labtalk", "n1", "1", "2"), "n1: 0 \n"), Crowd(sn1, ("nodels",), "n1\nn2\nsn1\n")
        up.over = down.over
        with down.calling(4), contextlib.suppress(StopIteration):
            caller = threading.Thread(target=up._call, args=(False,))
            caller.start()
            for daemon in (sn1, mn, sn1):
                served = down.served, up.served
                adopt(daemon, take_over(daemon, "-r"))
                until(
                    lambda before=served: down.served > before[0] + 4 and up.served > before[1] + 4,
                    "callers who are served",
                )
        caller.join()
        assert (down.failures, up.failures) == ([], [])


# -- the end ------------------------------------------------------------------------------------------------------------


def test_a_daemon_that_stops_lets_commands_end_and_nobody_in(idle: Daemon, tmp_path: Path) -> None:
    give_plugin(idle)
    idle.start()
    assert idle.process is not None
    typed(idle, "nodeadd n1 groups=all")
    with Typed(idle, "labwork", "n1", str(tmp_path)) as command:
        until(lambda: journal(tmp_path) == ["mn1 n1 began"], "the beginning")
        idle.process.send_signal(signal.SIGTERM)
        until(lambda: idle.run("nodels", tls=True).returncode != 0, "the closed door")
        assert idle.run("nodels").returncode != 0
        assert command.process.poll() is None
        (tmp_path / "n1.go").touch()
        assert command.end() == (0, "n1: done\n", "")
    assert idle.process.wait(PATIENCE) == 0
    assert "cut off" not in idle.log()


def test_a_command_that_does_not_end_is_cut_off_when_its_time_is_over(idle: Daemon, tmp_path: Path) -> None:
    write_settings(idle, (idle.root / "etc/xcat/xcatd.yaml").read_text() + "drain: 1\n")
    give_plugin(idle)
    idle.start()
    typed(idle, "nodeadd n1 groups=all")
    with Typed(idle, "labwork", "n1", str(tmp_path)) as command:
        until(lambda: journal(tmp_path) == ["mn1 n1 began"], "the beginning")
        assert idle.stop() == 0
        status, _, _ = command.end()
    assert status != 0
    assert journal(tmp_path) == ["mn1 n1 began", "mn1 n1 cancelled"]
    assert "requests are cut off after 1 s" in idle.log()


def test_no_row_of_the_audit_log_is_lost_or_doubled_when_it_stops(idle: Daemon) -> None:
    idle.start()
    asked = 300
    with FrameClient(idle) as client:
        for number in range(asked):
            assert client.ask("nodels", f"no{number}").status == 1
    idle.stop()
    with contextlib.closing(sqlite3.connect(idle.root / "etc/xcat/xcat.sqlite")) as database:
        rows = database.execute("SELECT noderange FROM auditlog WHERE command = 'nodels'").fetchall()
    assert sorted(rows) == sorted((f"no{number}",) for number in range(asked))
