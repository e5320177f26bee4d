"""Where somebody types commands that reach nodes with the programs of OpenSSH, which read a configuration of the test's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.alone import alone, typed
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.sshnodes import Sshd, key_for_root, sshd

NET = network()
NODES = range(1, 5)


@dataclass(frozen=True, slots=True)
class Desk:
    """A management node, and an sshd for nodes n1 to n4 and n1-ib to n4-ib. `folder` has the files of the test."""

    mn: Daemon
    nodes: Sshd
    folder: Path

    def run(self, *words: str, **env: Any) -> tuple[int, str, str]:
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        done = self.mn.run(*words, **{"PATH": path, **env})
        return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def ssh_desk(
    folder: Path, *programs: str, known: str = "*", sshd_lines: Sequence[str] = (), config: Sequence[str] = ()
) -> Iterator[Desk]:
    """`programs`: ssh, scp. `known`: hosts whose key is known. `sshd_lines`, `config`: more of sshd_config and of ssh_config."""
    with alone(folder) as mn, sshd(folder / "nodes", *sshd_lines) as nodes:
        key_for_root(mn, nodes)
        typed(mn, "nodeadd n[1-4] groups=all")
        (folder / "known_hosts").write_text(f"{known} {nodes.public()}\n")
        hosts = [f"Host n{n} n{n}-ib\n HostName {NET}.1.{n}" for n in NODES]
        common = (
            f"Host *\n Port {nodes.port}\n IdentityFile {mn.root}/root/.ssh/id_ed25519\n"
            f" UserKnownHostsFile {folder}/known_hosts\n"
        )
        (folder / "config").write_text("\n".join((*hosts, *config, common)))
        (folder / "bin").mkdir()
        for program in programs:
            (folder / "bin" / program).write_text(f'#!/bin/sh\nexec /usr/bin/{program} -F {folder}/config "$@"\n')
            (folder / "bin" / program).chmod(0o755)
        yield Desk(mn, nodes, folder)
