"""What systemd hears from the daemon, on a real socket, and what it hands to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cluster import environment
from xcatd.daemon.notify import given_sockets, notify


@pytest.mark.parametrize("form", ["a file", "an abstract name"])
def test_systemd_gets_assignments_in_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    name = str(tmp_path / "notify") if form == "a file" else f"@xcatd-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        notify("READY=1", "STATUS=serving")
        notify("STOPPING=1")
        assert systemd.recv(4096) == b"READY=1\nSTATUS=serving"
        assert systemd.recv(4096) == b"STOPPING=1"


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    notify("READY=1")


ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
from xcatd.daemon.notify import given_sockets
[given] = given_sockets()
print(given.fileno(), given.getsockname()[1], "LISTEN_FDS" in os.environ, "LISTEN_PID" in os.environ, given_sockets())
"""


def test_the_sockets_that_systemd_made_are_taken_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as made:
        done = subprocess.run(
            [sys.executable, "-c", ACTIVATED, str(made.fileno())],
            capture_output=True, text=True, env=environment(), pass_fds=[made.fileno()],
        )  # fmt: skip
        port = made.getsockname()[1]
    assert (done.stdout, done.stderr) == (f"3 {port} False False []\n", "")


def test_sockets_for_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.delenv("LISTEN_PID", raising=False)
    assert given_sockets() == []
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    assert given_sockets() == []
    assert os.environ["LISTEN_FDS"] == "1"
