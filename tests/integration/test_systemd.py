"""The units: accepted by systemd, as closed as stated, and the daemon does its part of what they ask for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, SOURCE, Daemon, environment

EXPOSURE = 2.9
"""What systemd-analyze says of the service, of 10; it may only become less."""

ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")
os.execv(sys.executable, [sys.executable, "-m", "xcatd", *sys.argv[3:]])
"""
"""Starts xcatd as systemd does: its sockets are 3 and 4, and the environment says for which process they are."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder with both units, as `make install` writes them; their program exists."""
    program = tmp_path / "bin/xcatd"
    program.parent.mkdir()
    shutil.copy("/bin/true", program)
    for unit in ("xcatd.service", "xcatd.socket"):
        text = (SOURCE / "systemd" / unit).read_text()
        (tmp_path / unit).write_text(text.replace("/opt/xcatd/", f"{tmp_path}/"))
    return tmp_path


@pytest.fixture
def daemon(idle: Daemon) -> Daemon:
    return idle


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)


def test_systemd_finds_nothing_to_complain_about(units: Path) -> None:
    verified = analyze("verify", "--man=no", str(units / "xcatd.service"), str(units / "xcatd.socket"))

    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_the_service_is_as_closed_as_stated(units: Path) -> None:
    service = str(units / "xcatd.service")
    judged = analyze("security", "--offline=true", "--no-pager", f"--threshold={round(EXPOSURE * 10)}", service)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)

    assert judged.returncode == 0, judged.stdout
    assert exposure and float(exposure[1]) == EXPOSURE, "state the new number, here and in docs/operations.md"
    assert f"gives it {EXPOSURE} of 10" in (SOURCE / "docs/operations.md").read_text()


def test_the_daemon_works_with_the_rights_that_the_unit_leaves_it(daemon: Daemon) -> None:
    unit = (SOURCE / "systemd/xcatd.service").read_text()
    left = re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.MULTILINE)[0].split()
    rights = ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in left)
    bounds = ["--bounding-set", f"-all,{rights}", "--inh-caps", "-all"] if os.geteuid() == 0 else []
    list_of_nodes = daemon.root / "list"
    daemon.process = subprocess.Popen(
        ["setpriv", "--no-new-privs", *bounds, sys.executable, "-m", "xcatd", "--root", str(daemon.root)],
        env=environment(),
    )
    daemon.wait()

    assert daemon.run("nodeadd", "n[1-3]", "groups=all").returncode == 0
    list_of_nodes.write_text("n2\n")
    list_of_nodes.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(list_of_nodes, 65534, 65534)
    assert daemon.run("nodels", f"^{list_of_nodes}").stdout == "n2\n"
    assert daemon.run("nodels", tls=True).stdout == "n1\nn2\nn3\n"
    assert daemon.run("nodech", "n1", "hosts.ip=10.0.0.1").returncode == 0
    assert daemon.run("chtab", "key=domain", "site.value=c.net").returncode == 0
    assert (daemon.run("makehosts").stderr, daemon.run("makenetworks", "-d").stderr) == ("", "")
    assert "10.0.0.1 n1 n1.c.net" in (daemon.root / "etc/hosts").read_text()


def test_the_first_caller_starts_the_daemon(daemon: Daemon) -> None:
    listen = ["-l", daemon.host, "-l", str(daemon.root / "run/xcat/xcatd.sock")]
    variables = [word for name, value in environment().items() for word in ("-E", f"{name}={value}")]
    xcatd = [sys.executable, "-m", "xcatd", "--root", str(daemon.root)]
    daemon.process = subprocess.Popen(["systemd-socket-activate", *listen, *variables, *xcatd])
    until((daemon.root / "run/xcat/xcatd.sock").exists, "systemd-socket-activate")

    first = daemon.run("lsxcatd", "-t")
    second = daemon.run("lsxcatd", "-t", tls=True)

    assert (first.stdout, first.stderr, first.returncode) == ("This is a Management Node\n", "", 0)
    assert (second.stdout, second.stderr, second.returncode) == ("This is a Management Node\n", "", 0)


def test_callers_wait_while_the_service_restarts(daemon: Daemon) -> None:
    port, path = doors(daemon)
    with port, path:
        activate(daemon, port, path)
        assert daemon.run("lsxcatd", "-t", tls=True).returncode == 0
        assert daemon.stop() == 0

        waiting = [ask(daemon, XCATHOST=daemon.host), ask(daemon)]
        activate(daemon, port, path)

        for each in waiting:
            assert each.communicate(timeout=PATIENCE) == ("This is a Management Node\n", "")


def test_systemd_is_told_when_it_serves_and_when_it_stops(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(tmp_path / "notify", monkeypatch) as told:
        daemon.start(wait=False)
        assert daemon.process is not None
        assert told.recv(4096).split(b"\n") == [
            b"READY=1",
            b"STATUS=serving",
            f"MAINPID={daemon.process.pid}".encode(),
        ]
        assert daemon.run("lsxcatd", "-t").returncode == 0, "READY=1 came too early"

        assert daemon.stop() == 0
        assert told.recv(4096) == b"STOPPING=1"


def test_systemd_knows_the_successor_before_the_old_daemon_ends(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the end of its main process for the end of the service, and watches its own children only."""
    with listening(tmp_path / "notify", monkeypatch) as told:
        daemon.start()
        assert told.recv(4096).startswith(b"READY=1")
        assert daemon.process is not None
        old = daemon.process

        old.send_signal(signal.SIGHUP)
        said = [told.recv(4096).decode() for _ in range(4)]
        successor = int(re.findall(r"^MAINPID=(\d+)$", said[1], re.MULTILINE)[0])
        try:
            assert said[0] == "RELOADING=1"
            assert said[1] == f"MAINPID={successor}", "the old one says who it is before it begins to end"
            assert sorted(said[2:]) == [f"READY=1\nSTATUS=serving\nMAINPID={successor}", "STATUS=handed over"]
            assert old.wait(PATIENCE) == 0
            assert f"PPid:\t{old.pid}\n" not in Path(f"/proc/{successor}/status").read_text()
            assert daemon.run("lsxcatd", "-t").stdout == "This is a Management Node\n"
        finally:
            os.kill(successor, signal.SIGTERM)
        assert told.recv(4096) == b"STOPPING=1"


def test_a_reload_that_fails_is_over_at_once_and_the_daemon_goes_on(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(tmp_path / "notify", monkeypatch) as told:
        daemon.start()
        assert told.recv(4096).startswith(b"READY=1")
        settings = daemon.root / "etc/xcat/xcatd.yaml"
        settings.write_text(settings.read_text() + "prot: 3\n")
        assert daemon.process is not None

        daemon.process.send_signal(signal.SIGHUP)

        assert told.recv(4096) == b"RELOADING=1"
        assert told.recv(4096) == b"READY=1\nSTATUS=serving; the last reload failed"
        assert "unknown setting 'prot'; do you mean port?" in daemon.errors()
        assert daemon.run("lsxcatd", "-t").stdout == "This is a Management Node\n"


def doors(daemon: Daemon) -> tuple[socket.socket, socket.socket]:
    """The listening sockets of the daemon's port and of its host, held by this process as systemd holds them."""
    path = socket.socket(socket.AF_UNIX)
    path.bind(str(daemon.root / "run/xcat/xcatd.sock"))
    path.listen()
    return socket.create_server((daemon.address, daemon.port)), path


def activate(daemon: Daemon, *given: socket.socket) -> None:
    """Start the daemon with sockets that were made for it."""
    numbers = [each.fileno() for each in given]
    daemon.process = subprocess.Popen(
        [sys.executable, "-c", ACTIVATED, *map(str, numbers), "--root", str(daemon.root)],
        env=environment(),
        pass_fds=numbers,
    )


def ask(daemon: Daemon, **where: str) -> subprocess.Popen[str]:
    """A command that is being typed."""
    client = "import sys; from xcat_client.main import main; sys.argv[:] = ['lsxcatd', '-t']; main()"
    return subprocess.Popen(
        [sys.executable, "-c", client],
        env=environment(XCAT_ROOT=str(daemon.root), **where),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listening(path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """The socket to which sd_notify(3) sends, and which daemons started from now on are told of."""
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.settimeout(PATIENCE)
    told.bind(str(path))
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    return told
