"""A command that reads keys, typed at a real terminal: on the daemon's host, and through a service node that is lost."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator

import pytest

from tests.helpers.alone import typed
from tests.helpers.atterminal import Sitting, at_terminal
from tests.helpers.cluster import Cluster, build
from tests.helpers.stage import LAB_PLUGIN


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = build(tmp_path_factory.mktemp("terminal"))
    try:
        for daemon in cluster.all:
            plugins = daemon.root / "etc/xcat/plugins"
            plugins.mkdir(parents=True, exist_ok=True)
            (plugins / "lab.py").write_text(LAB_PLUGIN.read_text())
            daemon.start()
        cluster.linked()
        typed(cluster.management, "nodeadd n1 groups=compute noderes.servicenode=sn1,sn2", "nodeadd n9 groups=compute")
        yield cluster
    finally:
        cluster.stop()


def resize(sitting: Sitting, rows: int, columns: int) -> None:
    fcntl.ioctl(sitting.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def test_keys_go_there_one_by_one_and_the_terminal_is_given_back(cluster: Cluster) -> None:
    with at_terminal(cluster.management, "labkeys", "n9") as sitting:
        before = termios.tcgetattr(sitting.terminal)
        sitting.shell.see("mn1 listens\r\n<0x0>")
        resize(sitting, 25, 80)
        sitting.shell.see("<25x80>")
        sitting.shell.type("a\x03\x04\x1bü")  # neither Ctrl-C nor Ctrl-D is for the terminal now
        sitting.shell.see("a\x03\x04\x1bü")
        sitting.shell.type("q")
        status, shown = sitting.end()
        assert (status, shown) == (0, "qn9: bye\r\n")
        assert termios.tcgetattr(sitting.terminal) == before


def test_a_lost_service_node_is_said_and_the_next_one_of_the_pool_goes_on(cluster: Cluster) -> None:
    with at_terminal(cluster.management, "labkeys", "n1") as sitting:
        sitting.shell.see("sn1 listens\r\n<0x0>")
        resize(sitting, 30, 100)
        sitting.shell.see("<30x100>")
        cluster.services[0].stop(9)
        sitting.shell.see("[the link to sn1 broke while it worked on the request]\r\nsn2 listens\r\n<30x100>")
        sitting.shell.type("hello q")
        assert sitting.end() == (0, "hello qn1: bye\r\n")
    cluster.services[0].start()
    cluster.linked("sn1")


def test_who_pastes_a_book_waits_and_nothing_is_lost(cluster: Cluster) -> None:
    book = "".join(f"{number:07d}" for number in range(60_000))
    with at_terminal(cluster.management, "labkeys", "n1") as sitting:
        sitting.shell.see("<0x0>")
        os.set_blocking(sitting.terminal, False)
        shown = _paste(sitting, book + "q")
    assert shown.startswith(book)


def _paste(sitting: Sitting, text: str) -> str:
    """Write as the terminal takes it, and read what it shows meanwhile."""

    octets, shown = text.encode(), ""
    while len(shown) < len(text):
        readable, writable, _ = select.select([sitting.terminal], [sitting.terminal] if octets else [], [], 20)
        assert readable or writable, "it stands still"
        if writable:
            octets = octets[os.write(sitting.terminal, octets[:4096]) :]
        if readable:
            shown += os.read(sitting.terminal, 65536).decode()
    return shown


def test_without_a_terminal_standard_input_is_what_is_typed(cluster: Cluster) -> None:
    done = cluster.management.run("labkeys", "n9", stdin="abc")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "mn1 listens\n<0x0>abcn9: nobody types\n"
