"""`rcons`: what people at real terminals see of consoles that service nodes have."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.atterminal import Sitting, at_terminal
from tests.helpers.cluster import PATIENCE, Cluster, Daemon, build

FAR_SIDE = """#!{python}
import os, sys, termios, tty
tty.setraw(0)
os.write(1, f"console of {{sys.argv[1]}} by {name}\\r\\nlogin: ".encode())
while octets := os.read(0, 4096):
    size = os.get_terminal_size(0)
    os.write(1, octets.upper().replace(b"SIZE?", f"{{size.lines}}x{{size.columns}}".encode()))
"""
HELP = "[Enter `^Ec?' for help]"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = build(tmp_path_factory.mktemp("consoles"))
    try:
        for daemon in cluster.all:
            program = daemon.root / "etc/xcat/cons/lab"
            program.parent.mkdir(parents=True)
            program.write_text(FAR_SIDE.format(python=sys.executable, name=daemon.name))
            program.chmod(0o755)
            daemon.start()
        cluster.linked()
        typed(
            cluster.management,
            "nodeadd n1,n2 groups=compute noderes.servicenode=sn1,sn2 nodehm.cons=lab",
            "nodeadd n3 groups=compute nodehm.conserver=sn2:sn2-c nodehm.cons=lab",
            "nodeadd n4 groups=compute nodehm.cons=lab",
            "nodeadd n5 groups=compute",
        )
        yield cluster
    finally:
        cluster.stop()


def log_of(daemon: Daemon, node: str) -> str:
    path = daemon.root / "var/log/consoles" / node
    return path.read_text() if path.exists() else ""


def audited(daemon: Daemon) -> list[str]:
    """The rows of the audit log about rcons."""
    return [line for line in typed(daemon, "tabdump auditlog").splitlines() if '"rcons"' in line]


def leave(sitting: Sitting) -> None:
    sitting.shell.type("\x05c.")
    sitting.shell.see("[disconnected]")
    assert sitting.end()[0] == 0


def test_every_console_is_in_the_log_of_its_daemon_also_when_nobody_looks(cluster: Cluster) -> None:
    mn, sn1, sn2 = cluster.all
    for daemon, node in ((sn1, "n1"), (sn1, "n2"), (sn2, "n3"), (mn, "n4")):
        until(lambda daemon=daemon, node=node: f"console of {node} by {daemon.name}" in log_of(daemon, node), node)  # type: ignore[misc]
    assert (log_of(mn, "n1"), log_of(sn2, "n1"), log_of(sn1, "n3")) == ("", "", "")
    assert Path(sn1.root / "var/log/consoles/n1").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("node", ["n1", "n3", "n4"])
def test_it_is_shown_wherever_it_is_typed(cluster: Cluster, node: str) -> None:
    owner = {"n1": "sn1", "n3": "sn2", "n4": "mn1"}[node]
    for daemon in (cluster.management, cluster.services[0]):
        with at_terminal(daemon, "rcons", node) as sitting:
            sitting.shell.see(HELP)
            sitting.shell.see("[you type]")
            sitting.shell.type("\x05cr")
            sitting.shell.see(f"console of {node} by {owner}\r\nlogin: ")
            sitting.shell.type("root\r")
            sitting.shell.see("ROOT\r")
            leave(sitting)


def test_several_look_one_types_and_another_takes_over(cluster: Cluster) -> None:
    mn, sn2 = cluster.management, cluster.services[1]
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(at_terminal(mn, "rcons", "n2"))
        first.shell.see("[you type]")
        second = stack.enter_context(at_terminal(sn2, "rcons", "n2"))
        second.shell.see("[root@mn1 types, you look on; `^Ecf' takes over]")
        first.shell.type("both")
        for sitting in (first, second):
            sitting.shell.see("BOTH")
        second.shell.type("\x05cf")
        second.shell.see("[you type now, root@mn1 looks on]")
        first.shell.see("[root@sn2 types now, you look on]")
        with at_terminal(mn, "rcons", "n2", "-s") as third:
            third.shell.see("[you look on only]")
            second.shell.type("all")
            for sitting in (first, second, third):
                sitting.shell.see("ALL")
            leave(third)
        leave(second)
        leave(first)
    until(lambda: any(',"n2 -f"' in line or "-f" in line for line in audited(mn)), "the take-over in the audit log")


def test_the_window_is_the_consoles(cluster: Cluster) -> None:
    with at_terminal(cluster.management, "rcons", "n1") as sitting:
        sitting.shell.see("[you type]")
        fcntl.ioctl(sitting.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 132, 0, 0))

        def has_size() -> bool:
            sitting.shell.type("size?\r")
            return "43x132" in sitting.shell.see("\r")

        until(has_size, "the new size")
        leave(sitting)


def test_a_console_that_ends_is_opened_again_and_one_can_be_taken_down(cluster: Cluster) -> None:
    with at_terminal(cluster.management, "rcons", "n1") as sitting:
        sitting.shell.see("[you type]")
        sitting.shell.type("\x05cd")
        sitting.shell.see("has taken the console down; `^Eco' brings it up]")
        sitting.shell.type("\x05co")
        sitting.shell.see("[console is up]")
        sitting.shell.see("console of n1 by sn1")
        leave(sitting)


def test_how_consoles_are(cluster: Cluster) -> None:
    with at_terminal(cluster.management, "rcons", "n1") as sitting:
        sitting.shell.see("[you type]")
        lines = typed(cluster.management, "lscons n1,n4,n5 --ordered").splitlines()
        leave(sitting)
    assert lines[0].startswith("n1: up since ")
    assert lines[0].endswith(", root@mn1 types")
    assert lines[1].startswith("n4: up since ")
    assert lines[2] == "n5: none"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("n5",), "n5 has no console: set nodehm.cons, or nodehm.serialport with nodehm.mgt"),
        (("n1,n2",), "rcons shows one console, and this is 2 nodes: see wcons and tcons for several"),
        (("nosuch",), "Invalid nodes and/or groups in noderange: nosuch"),
    ],
)
def test_what_has_no_console_is_said(cluster: Cluster, words: tuple[str, ...], sentence: str) -> None:
    done = cluster.management.run("rcons", *words, stdin="")
    assert sentence in done.stdout + done.stderr


def test_when_a_service_node_dies_the_viewer_stays_and_the_next_one_has_the_console(cluster: Cluster) -> None:
    sn1, sn2 = cluster.services
    with at_terminal(cluster.management, "rcons", "n1") as sitting:
        sitting.shell.see("[you type]")
        assert sn1.process is not None
        sn1.stop(signal.SIGKILL)
        sitting.shell.see("[the link to sn1 broke while it worked on the request]")
        sitting.shell.see(HELP)
        sitting.shell.see("console of n1 by sn2\r\nlogin: ")
        sitting.shell.type("still here\r")
        sitting.shell.see("STILL HERE")
        until(lambda: "console of n2 by sn2" in log_of(sn2, "n2"), "the consoles that nobody looks at", 2 * PATIENCE)
        sn1.start()
        cluster.linked("sn1")
        sitting.shell.see("the console of n1 is at sn1 now\r\n")
        sitting.shell.see(HELP)
        sitting.shell.see("[you type]")
        sitting.shell.type("back again\r")
        sitting.shell.see("BACK AGAIN")
        leave(sitting)
    until(lambda: log_of(sn1, "n2").count("console of n2 by sn1") > 1, "the return of sn1", PATIENCE)
