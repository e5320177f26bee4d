"""Consoles: conserver on a management node and on a service node, and the real client `console` from another host."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import credentials, typed, until
from tests.helpers.atterminal import at_terminal
from tests.helpers.cluster import Daemon
from tests.helpers.namespaces import Namespace
from tests.helpers.servicehosts import ServiceHosts, service_hosts
from xcat_client.install import install

PORT = "3109"
ECHO = '#!/bin/sh\nstty -echo\necho "this is $1"\nwhile read -r line; do echo "$1 says $line"; done\n'
QUICKLY = ("env", "RES_OPTIONS=timeout:1 attempts:1")
"""It asks a name server for its own name, and there is none."""
PLAIN = """
import socket, sys
with socket.create_connection(sys.argv[1:3], 10) as s:
    f = s.makefile("r")
    print(f.readline().strip())
    s.sendall(sys.argv[3].encode() + b"\\r\\n")
    print(f.readline().strip())
"""
TABLES = (
    "chtab key=master site.value=10.7.0.1",
    "nodeadd mn1 groups=__mgmtnode hosts.ip=10.7.0.1",
    "nodeadd sn1 groups=service hosts.ip=10.7.0.2 noderes.xcatmaster=10.7.0.1",
    "nodeadd a[1-2] groups=near nodehm.cons=echo",
    "nodeadd b[1-2] groups=far nodehm.cons=echo noderes.servicenode=sn1",
    "nodeadd c1 groups=odd nodehm.mgt=ipmi nodehm.serialport=0",
    "nodeadd d1 groups=odd nodehm.mgt=ipmi",
)
THROUGH_THE_DAEMON = Path(__file__).parents[2] / "share/cons/through-xcatd"
FAR_SIDE = """
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while octets := self.request.recv(4096):
            self.request.sendall(octets.upper())
with socketserver.ThreadingTCPServer(("127.0.0.1", 4001), Echo) as server:
    print("ready", flush=True)
    server.serve_forever()
"""
"""A serial port at a terminal server."""


@pytest.fixture(scope="module")
def hosts() -> Iterator[ServiceHosts]:
    with tempfile.TemporaryDirectory(prefix="xcat-kept-") as folder:
        Path(folder).chmod(0o755)
        with service_hosts(Path(folder)) as made:
            for daemon in (made.mn, made.sn):
                program = daemon.root / "etc/xcat/cons/echo"
                program.parent.mkdir(parents=True)
                program.write_text(ECHO)
                program.chmod(0o755)
            typed(made.mn, *TABLES, "chtab node=sn1 servicenode.conserver=1")
            made.becomes("conserver", "checked")
            yield made


@pytest.fixture(scope="module")
def caller(hosts: ServiceHosts) -> Path:
    """A configuration of `console` with a user's certificate."""
    folder = credentials(hosts.mn, "alice")
    path = folder / "consolerc"
    path.write_text(
        f"config * {{ sslcredentials {folder}/client-cred.pem; sslcacertificatefile {folder}/ca.pem; sslrequired yes; }}\n"
    )
    return path


class Console:
    """Somebody at a console."""

    def __init__(self, client: subprocess.Popen[str], said: Path) -> None:
        self._client = client
        self._said = said

    def type(self, text: str) -> None:
        assert self._client.stdin is not None
        self._client.stdin.write(f"{text}\n")
        self._client.stdin.flush()

    def shows(self, text: str) -> None:
        until(lambda: text in self._said.read_text(), f"{text!r} on the console: {self._said.read_text()!r}")

    def is_attached(self) -> bool:
        return self._client.poll() is None


@contextlib.contextmanager
def console(where: Namespace, config: Path, server: str, node: str, said: Path) -> Iterator[Console]:
    words = [*where.before, "console", "-C", str(config), "-M", server, "-p", PORT, "-l", "alice", node]
    with (
        said.open("w") as output,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=output, stderr=output, text=True) as client,
    ):
        try:
            yield Console(client, said)
        finally:
            client.kill()


def listed(where: Namespace, config: Path, server: str) -> str:
    """What the client says when it asks for a list of the consoles."""
    words = [*where.before, *QUICKLY, "console", "-C", str(config), "-M", server, "-p", PORT, "-x"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def plain(where: Namespace, server: str, line: str) -> str:
    """What conserver answers to somebody who speaks without TLS."""
    done = subprocess.run(
        [*where.before, sys.executable, "-c", PLAIN, server, PORT, line], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def settled(hosts: ServiceHosts) -> None:
    """What the tables want is done. (A caller who comes in while conserver reads its file again may make it hang.)"""
    typed(hosts.mn, "makeservices sn1 --service conserver")


def file_of(daemon: Daemon) -> str:
    return (daemon.root / "etc/conserver/conserver.cf").read_text()


def test_a_console_of_the_service_node_through_the_management_node(
    hosts: ServiceHosts, caller: Path, tmp_path: Path
) -> None:
    done = hosts.mn.run("makeconservercf")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "Warning: [mn1]: There is no program for consoles of the method ipmi, so c1 has none here: put it at "
        "/etc/xcat/cons/ipmi or /opt/xcatd/share/cons/ipmi or /opt/xcat/share/xcat/cons/ipmi\n"
    )
    with console(hosts.here, caller, "10.7.0.1", "b1", tmp_path / "said") as client:
        client.type("hello")
        client.shows("b1 says hello")
    logs = hosts.sn.root / "var/log/conserver/consoles"
    assert "b1 says hello" in (logs / "b1").read_text()
    assert logs.stat().st_mode & 0o7777 == 0o750
    consoles = listed(hosts.here, caller, "10.7.0.1")
    assert all(f" {node} " in consoles for node in ("a1", "a2", "b1", "b2"))
    assert " a1 " not in listed(hosts.here, caller, "10.7.0.2")


def test_a_reload_leaves_callers_alone(hosts: ServiceHosts, caller: Path, tmp_path: Path) -> None:
    process = process_of(hosts)
    with console(hosts.here, caller, "10.7.0.2", "b1", tmp_path / "said") as client:
        client.type("before")
        client.shows("b1 says before")
        typed(hosts.mn, "nodeadd b3 groups=far nodehm.cons=echo noderes.servicenode=sn1")
        settled(hosts)
        assert " b3 " in listed(hosts.here, caller, "10.7.0.2")
        client.type("after")
        client.shows("b1 says after")
        assert client.is_attached()
    assert process_of(hosts) == process
    assert typed(hosts.mn, "makeservices sn1 --service conserver") == "", "nothing is left to do"


def test_who_may_not_come_in(hosts: ServiceHosts, caller: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "consolerc"
    stranger.write_text(f"config * {{ sslcacertificatefile {caller.parent}/ca.pem; sslrequired yes; }}\n")
    assert "b1" not in listed(hosts.here, stranger, "10.7.0.2"), "it has no certificate"
    assert plain(hosts.here, "10.7.0.2", "login alice").startswith("ok\nencryption required"), "it speaks without TLS"
    assert plain(hosts.client, "10.5.0.1", "login alice").startswith("access from your host refused")
    assert hosts.mn.run("makeconservercf", "-t", "10.5.0.9").returncode == 0
    assert " b1 " in listed(hosts.client, caller, "10.5.0.1")
    assert hosts.mn.run("makeconservercf").returncode == 0
    assert "trusted 10.5.0.9;" in file_of(hosts.mn), "it is remembered"


def test_consoles_are_removed_and_come_back(hosts: ServiceHosts, caller: Path) -> None:
    assert typed(hosts.mn, "makeconservercf -d b2,a2") == "Remove console entry for the nodes:a2,b2\n"
    assert " b2 " not in listed(hosts.here, caller, "10.7.0.2")
    assert " a2 " not in listed(hosts.here, caller, "10.7.0.1")
    assert typed(hosts.mn, "makeconservercf -d b2") == "Nothing removed\n"
    assert typed(hosts.mn, "makeconservercf b2,a2") == ""
    assert " b2 " in listed(hosts.here, caller, "10.7.0.2")
    typed(hosts.mn, "nodeadd a9 groups=near nodehm.cons=echo", "makeconservercf a9", "noderm a9")
    assert "console a9 {" in file_of(hosts.mn)
    assert typed(hosts.mn, "makeconservercf -C") == ""
    assert "console a9 {" not in file_of(hosts.mn)
    assert "console a1 {" in file_of(hosts.mn)


def test_a_console_moves_to_another_host(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodech a2 nodehm.conserver=sn1:10.5.0.1", "makeconservercf a2")
    assert "console a2 {\n  type exec;" in file_of(hosts.sn)
    assert "console a2 {\n  master 10.7.0.2;\n  type noop;" in file_of(hosts.mn)
    typed(hosts.mn, "makeconservercf -c a1,a2,b1")
    typed(hosts.mn, "nodech a2 nodehm.conserver=", "makeconservercf a2")
    assert "console a2 {" not in file_of(hosts.sn)
    assert "console a2 {\n  type exec;" in file_of(hosts.mn)


def test_only_the_hosts_that_hold_them(hosts: ServiceHosts) -> None:
    assert hosts.mn.run("makeconservercf", "-c").returncode == 0
    assert "console b1 {" not in file_of(hosts.mn)
    assert hosts.mn.run("makeconservercf", "-l").returncode == 0
    assert "console b1 {\n  master 10.7.0.2;" in file_of(hosts.mn)
    assert hosts.mn.run("makeconservercf", "-l", "-c").returncode == 1
    assert hosts.mn.run("makeconservercf", "-d").stderr == "Error: [mn1]: makeconservercf -d needs a noderange\n"


def test_nodes_whose_tables_are_wrong_are_named(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodeadd e1 groups=odd nodehm.cons=cyclades", "nodeadd e2 groups=odd nodehm.cons=../x")
    done = hosts.mn.run("makeconservercf", "d1,e1,e2,a1")
    typed(hosts.mn, "noderm e1,e2")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "e1: [mn1]: Error: its console is at a terminal server (cyclades): set nodehm.termserver and nodehm.termport",
        "e2: [mn1]: Error: nodehm.cons or nodehm.mgt is '../x': set it to the method of its console",
        "Warning: [mn1]: d1 gets no console: neither nodehm.cons nor nodehm.serialport is set",
    ]


def test_what_conserver_refuses_is_named_and_the_old_state_serves_on(
    hosts: ServiceHosts, caller: Path, tmp_path: Path
) -> None:
    path = hosts.sn.root / "etc/conserver/conserver.cf"
    path.write_text(f"{path.read_text()}console mine {{ master localhost; type exec; exec /bin/cat; }}\nbogus\n")
    before = path.read_text()
    typed(hosts.mn, "nodeadd b4 groups=far nodehm.cons=echo noderes.servicenode=sn1")
    line = hosts.becomes("conserver", "failed")
    assert "conserver refuses its new configuration: " in line
    assert "invalid keyword 'bogus' [" in line
    assert path.read_text() == before
    assert " b1 " in listed(hosts.here, caller, "10.7.0.2")
    path.write_text(before.replace("bogus\n", ""))
    typed(hosts.mn, "makeservices sn1 --service conserver")
    consoles = listed(hosts.here, caller, "10.7.0.2")
    assert " b4 " in consoles
    assert " mine " in consoles, "what the site has written stays"


def test_goconserver_is_refused(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.conserver=2")
    assert "servicenode.conserver is 2, which is goconserver" in hosts.becomes("conserver", "failed")
    typed(hosts.mn, "chtab node=sn1 servicenode.conserver=1")
    hosts.becomes("conserver", "running")


def test_a_conserver_that_hangs_is_started_again(hosts: ServiceHosts, caller: Path) -> None:
    before = process_of(hosts)
    os.kill(before, signal.SIGSTOP)
    settled(hosts)
    assert process_of(hosts) != before
    assert " b1 " in listed(hosts.here, caller, "10.7.0.2")


def test_a_conserver_that_dies_comes_back(hosts: ServiceHosts, caller: Path) -> None:
    before = process_of(hosts)
    os.kill(before, signal.SIGKILL)
    until(lambda: "conserver has died: it was killed by signal 9" in hosts.sn.log(), "the line about its end")
    until(lambda: process_of(hosts) not in (0, before), "a new process")
    settled(hosts)
    assert " b1 " in listed(hosts.here, caller, "10.7.0.2")


def _install(daemon: Daemon, method: str) -> None:
    """As scripts/install does, for a daemon that is not at /."""
    folder, bin_ = daemon.root / "opt/xcatd/share/cons", daemon.root / "opt/xcatd/bin"
    folder.mkdir(parents=True)
    shutil.copy(THROUGH_THE_DAEMON, folder)
    (folder / method).symlink_to(THROUGH_THE_DAEMON.name)
    install(bin_ / "there", ["rcons"], python=sys.executable)
    (bin_ / "rcons").write_text(f'#!/bin/sh\nXCAT_ROOT={daemon.root} exec "{bin_}/there/rcons" "$@"\n')
    (bin_ / "rcons").chmod(0o755)


@contextlib.contextmanager
def _terminal_server(where: Namespace) -> Iterator[None]:
    with subprocess.Popen([*where.before, sys.executable, "-c", FAR_SIDE], stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None and server.stdout.readline() == b"ready\n"
            yield
        finally:
            server.kill()


def test_a_console_that_the_daemon_has_is_shown_through_it(hosts: ServiceHosts, caller: Path, tmp_path: Path) -> None:
    """Both have it at once: who sits at conserver, and who has typed rcons."""
    _install(hosts.sn, "telnet")
    words = "nodehm.cons=telnet nodehm.termserver=127.0.0.1 nodehm.termport=4001"
    with _terminal_server(hosts.there):
        typed(hosts.mn, f"nodeadd t1 groups=far {words} noderes.servicenode=sn1")
        settled(hosts)
        assert "exec" in file_of(hosts.sn).partition("console t1 {")[2].partition("}")[0]
        with console(hosts.there, caller, "10.7.0.2", "t1", tmp_path / "said") as client:
            until(lambda: "root@sn1 looks on" in typed(hosts.mn, "lscons t1"), "conserver at the console")
            client.type("hello \x05e")
            client.shows("HELLO \x05E")
            with at_terminal(hosts.mn, "rcons", "t1", "-f") as sitting:
                sitting.shell.see("[you type now, root@sn1 looks on]")
                sitting.shell.type("both")
                client.shows("BOTH")
                sitting.shell.type("\x05c.")
                sitting.shell.see("[disconnected]")
                assert sitting.end()[0] == 0
            client.type("again")
            client.shows("AGAIN")
        until(lambda: "BOTH" in (hosts.sn.root / "var/log/consoles/t1").read_text(), "the log of the daemon")


def process_of(hosts: ServiceHosts) -> int:
    path = hosts.sn.root / "run/xcat/services/conserver.pid"
    return int(path.read_text().split()[0]) if path.exists() else 0
