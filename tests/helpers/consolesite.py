"""A daemon whose nodes have consoles by a small program of the site, and a client that is installed for it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, environment
from xcat_client.install import install

PROGRAM = """\
#!/bin/sh
stty raw -echo
echo "console of $1"
exec tee -a "{folder}/$1"
"""
"""It shows what is typed, and keeps it in a file of the node's name."""


@dataclass(frozen=True, slots=True)
class ConsoleSite:
    """`commands` is the folder of the installed commands, `env` what they are given."""

    daemon: Daemon
    folder: Path
    commands: Path

    @property
    def env(self) -> dict[str, str]:
        path = f"{self.commands}:{os.environ['PATH']}"
        return environment(XCAT_ROOT=str(self.daemon.root), PATH=path, TMUX_TMPDIR=str(self.folder))

    def typed(self, node: str) -> str:
        """What has arrived at the node's console."""
        path = self.folder / node
        return path.read_bytes().decode() if path.exists() else ""

    def run(self, words: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.env | more,
            timeout=60,
        )


@contextlib.contextmanager
def console_site(folder: Path, nodes: str) -> Iterator[ConsoleSite]:
    """A daemon with `nodes`, for the time of the `with` block."""

    def prepare(daemon: Daemon) -> None:
        program = daemon.root / "etc/xcat/cons/lab"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(PROGRAM.format(folder=folder))
        program.chmod(0o755)

    install(folder / "bin", ["rcons", "tcons", "wcons", "wkill"], python=sys.executable)
    with alone(folder / "mn", prepare=prepare) as daemon:
        typed(daemon, f"nodeadd {nodes} groups=all nodehm.cons=lab nodehm.consoleondemand=yes")
        yield ConsoleSite(daemon, folder, folder / "bin")
