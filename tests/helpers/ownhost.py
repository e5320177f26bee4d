"""A host whose database servers are its own: Debian's real servers, fresh, in name spaces that nobody else sees."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, Daemon, environment
from xcatd.daemon.paths import Paths
from xcatd.dbsetup.daemon import running

_SET_UP = """
set -e
ip link set lo up
new() { mount -t tmpfs -o mode=755 new "$1"; chown "$2" "$1"; }
new /run root:root
mkdir /run/lock
new /etc/postgresql postgres:postgres
new /var/lib/postgresql postgres:postgres
new /var/log/postgresql root:postgres
chmod 1775 /var/log/postgresql
new /var/lib/mysql mysql:mysql
mkdir /run/etc-mysql
cp -a /etc/mysql/. /run/etc-mysql
mount --bind /run/etc-mysql /etc/mysql
trap '' CHLD
echo ready
exec cat
"""
"""The first process of the name spaces; with its end, at the end of its input, all others end. It buries orphans."""


@dataclass(frozen=True, slots=True)
class OwnHost:
    """The host, by its first process. What runs on it has no network but the loopback interface, and no systemd."""

    first: int

    @property
    def before(self) -> tuple[str, ...]:
        """Words before a command line, that make it run there."""
        return "nsenter", f"--target={self.first}", "--mount", "--net", "--pid"

    def run(self, *words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program there to its end."""
        return subprocess.run(
            [*self.before, *words], input=stdin, capture_output=True, text=True, env=environment(**env), timeout=180
        )

    def set_up(self, program: str, root: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Type `pgsqlsetup` or one of its like for the daemon below `root`."""
        start = f"import sys; from xcatd.dbsetup.main import {program}; sys.exit({program}())"
        return self.run(sys.executable, "-c", start, "--root", str(root), *words, **env)

    def start(self, daemon: Daemon) -> None:
        """Start a daemon there and wait until it answers."""
        daemon.before = self.before
        daemon.start(wait=False)
        until(lambda: daemon.run("lsxcatd", "-v").returncode == 0, f"{daemon.name}: {daemon.errors()}")

    def stop(self, daemon: Daemon) -> None:
        """Stop a daemon there, if it or a successor of it runs, and wait for its end."""
        paths = Paths(daemon.root)
        while process := running(paths):
            self.run("kill", str(process))
            until(partial(_has_ended, paths, process), "the end of the daemon")
        if daemon.process is not None:
            daemon.process.wait(PATIENCE)

    def path(self, path: str) -> Path:
        """A file of the host, as seen from outside."""
        return Path(f"/proc/{self.first}/root{path}")


def _has_ended(paths: Paths, process: int) -> bool:
    return running(paths) != process


@contextlib.contextmanager
def own_host() -> Iterator[OwnHost]:
    """Make the host; all that runs on it is killed at the end."""
    apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"]
    with subprocess.Popen([*apart, "sh", "-c", _SET_UP], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"ready\n"
        children = Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text().split()
        yield OwnHost(int(children[0]))
