"""Consoles when things go wrong under those who look: daemons that die or are replaced, BMCs that hang, tables that change."""

from __future__ import annotations

import signal
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.atterminal import Sitting, at_terminal
from tests.helpers.claims import network
from tests.helpers.cluster import PATIENCE, Daemon
from tests.simulators.bmcs import Bmc, Rack, bmcs, restart

PROGRAMS = {
    "quiet": "stty raw -echo; echo console of $1; exec cat",
    "flood": "exec yes a console that never stops",
    "deaf": "stty raw -echo; echo deaf; exec sleep 1000000",
    "bad": "echo no licence; exit 3",
}


class _Echo(socketserver.BaseRequestHandler):
    """The serial port of a BMC."""

    def handle(self) -> None:
        while octets := self.request.recv(4096):
            self.request.sendall(octets)


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as far:
        far.daemon_threads = True
        thread = threading.Thread(target=far.serve_forever)
        thread.start()
        rack = Rack(1, f"{network()}.9.1", serial=f"tcp:127.0.0.1:{far.server_address[1]}")
        try:
            with bmcs(rack, tmp_path_factory.mktemp("rack")) as (bmc,):
                yield bmc
        finally:
            far.shutdown()
            thread.join()


def _programs(daemon: Daemon) -> None:
    folder = daemon.root / "etc/xcat/cons"
    folder.mkdir(parents=True)
    for name, text in PROGRAMS.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def daemon(bmc: Bmc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("mn"), prepare=_programs) as mn:
        typed(
            mn,
            "chtab key=ipmi passwd.username=admin passwd.password=secret",
            f"nodeadd b1 groups=all nodehm.mgt=ipmi nodehm.serialport=0 ipmi.bmc={bmc.host}",
            *(f"nodeadd {name} groups=all nodehm.cons={name} nodehm.consoleondemand=yes" for name in PROGRAMS),
            *(f"nodeadd {name} groups=all nodehm.cons=quiet" for name in ("gone", "moved", "changed")),
        )
        yield mn


def leave(sitting: Sitting) -> None:
    sitting.shell.type("\x05c.")
    sitting.shell.see("[disconnected]")
    assert sitting.end()[0] == 0


def is_up(daemon: Daemon, node: str = "b1") -> None:
    until(lambda: f"{node}: up since" in daemon.run("lscons", node).stdout, "the console")


def times(daemon: Daemon) -> str:
    """What has happened to the console of the BMC, as far as it is on the disk."""
    path = daemon.root / "var/log/consoles/.times/b1"
    return path.read_text() if path.exists() else ""


def all_times(daemon: Daemon) -> str:
    """The same, with what has happened just now."""
    before = times(daemon).count(" left")
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        leave(sitting)
    until(lambda: times(daemon).count(" left") > before, "the log")
    return times(daemon)


def test_a_daemon_that_was_killed_has_its_consoles_back_at_once(daemon: Daemon) -> None:
    """Its dead session still has the serial port of the BMC."""
    is_up(daemon)
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        daemon.stop(signal.SIGKILL)
        assert "communication with the xCAT server seems to have been ended prematurely" in sitting.end()[1]
    daemon.start()
    is_up(daemon)
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        sitting.shell.type("Gr\u00fc\u00dfe")
        sitting.shell.see("Gr\u00fc\u00dfe")
        leave(sitting)
    assert "in use" not in all_times(daemon)


def test_who_looks_stays_when_a_daemon_is_replaced(daemon: Daemon) -> None:
    is_up(daemon)
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        before = daemon.process
        daemon.start("-r", wait=False)
        sitting.shell.see("mn1 has a successor\r\n")
        sitting.shell.see("[you type]")
        assert before is not None
        assert before.wait(PATIENCE) == 0
        leave(sitting)
    is_up(daemon)
    assert "in use" not in all_times(daemon)


def test_a_bmc_that_hangs_can_be_left_and_one_that_is_restarted_comes_back(daemon: Daemon, bmc: Bmc) -> None:
    is_up(daemon)
    losses = all_times(daemon).count("down: ")
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        bmc.process.send_signal(signal.SIGSTOP)
        sitting.shell.type("nobody takes this")
        leave(sitting)
    restart(bmc)
    until(lambda: times(daemon).count("down: ") > losses, "the loss of the old BMC", 2 * PATIENCE)
    is_up(daemon)
    with at_terminal(daemon, "rcons", "b1") as sitting:
        sitting.shell.see("[you type]")
        sitting.shell.type("again")
        sitting.shell.see("again")
        leave(sitting)


def test_a_console_that_never_stops_can_be_left_and_others_do_not_notice(daemon: Daemon) -> None:
    with at_terminal(daemon, "rcons", "flood") as stopped, at_terminal(daemon, "rcons", "flood") as sitting:
        stopped.shell.see("a console that never stops")  # and reads no more
        for _ in range(100):
            sitting.shell.see("a console that never stops")
        with at_terminal(daemon, "rcons", "quiet") as other:
            other.shell.see("[you type]")
            other.shell.type("hello")
            other.shell.see("hello")
            leave(other)
        leave(sitting)


def test_a_console_that_takes_nothing_can_be_left(daemon: Daemon) -> None:
    with at_terminal(daemon, "rcons", "deaf") as sitting:
        sitting.shell.see("deaf")
        sitting.shell.type("x" * 3000)
        leave(sitting)


def test_who_looks_when_the_tables_change(daemon: Daemon) -> None:
    with (
        at_terminal(daemon, "rcons", "gone") as gone,
        at_terminal(daemon, "rcons", "moved") as moved,
        at_terminal(daemon, "rcons", "changed") as changed,
    ):
        for sitting in (gone, moved, changed):
            sitting.shell.see("[you type]")
        for node in ("gone", "moved", "changed"):
            is_up(daemon, node)
        typed(daemon, "noderm gone", "chdef moved conserver=sn7", "chdef changed cons=bad")
        assert "there is no node gone any more" in gone.end()[1]
        assert "the console of moved is at sn7 now" in moved.end()[1]
        changed.shell.see("no licence\r\n")
        changed.shell.see("etc/xcat/cons/bad has ended (status 3): what it last printed says why]")
        leave(changed)
