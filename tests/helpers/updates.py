"""What tests of `updatenode` have in common: scripts of a server, and what comes of them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.container import Container
from tests.helpers.namespaces import Namespace
from tests.helpers.scripts import FOLDER

PORT = 8080
"""Of HTTP, on hosts that have a network namespace."""
DONE = "Running of postscripts has completed."


def lay_out(root: Path, scripts: Mapping[str, str]) -> None:
    """Put scripts, and the program that runs them, to where nodes of a daemon fetch them."""
    place = root / "install/postscripts"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in {**scripts, "runpostscripts": (FOLDER / "runpostscripts").read_text()}.items():
        (place / name).write_text(text)


def lines(node: str, name: str, *said: str, status: int = 0) -> list[str]:
    """What a node says of one script."""
    inside = [f"postscript start..: {name}", *said, f"postscript end....: {name} exited with code {status}"]
    return [f"{node}: {line}" for line in inside]


def folder_of(mn: Daemon, name: str) -> Path:
    """A folder below the daemon's root, which is made."""
    path = mn.root / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def trusting(mn: Daemon, host: Container, *tables: str) -> None:
    """Root of the management node comes in by ssh, knows the host's key, and its tables have what nodes are to be told."""
    key = folder_of(mn, "root/.ssh") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    host.done("mkdir", "-p", "-m", "700", "/root/.ssh")
    host.path("/root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    host.done("ssh-keygen", "-A")
    host.done("systemctl", "restart", "ssh")
    public = host.path("/etc/ssh/ssh_host_ed25519_key.pub").read_text()
    (folder_of(mn, "etc/xcat/hostkeys") / "ssh_host_ed25519_key.pub").write_text(public)
    typed(
        mn,
        f"chtab key=httpport site.value={PORT}",
        "chtab key=installdir site.value=/install",
        f"chtab key=master site.value={mn.address}",
        "chtab key=domain site.value=c.net",
        "chtab -d node=xcatdefaults postscripts",
        *tables,
        f"makeknownhosts {host.name}",
    )


@contextlib.contextmanager
def serving(mn: Daemon, space: Namespace) -> Iterator[None]:
    """A web server of the management node's host gives its files."""
    words = ("-m", "http.server", str(PORT), "--bind", mn.address, "--directory", str(mn.root))
    process = subprocess.Popen(
        [*space.before, sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    asking = [*space.before, "curl", "-sf", f"http://{mn.address}:{PORT}/"]
    try:
        until(lambda: subprocess.run(asking, capture_output=True).returncode == 0, "the web server")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
