"""Two service nodes, nodes that let ssh in, and what `snmove` does with them: for tests of moves."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, OnCluster, build
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from tests.helpers.updates import lay_out
from tests.helpers.webfiles import web_server

NET = network()
COLUMNS = "noderes.servicenode noderes.xcatmaster noderes.nfsserver nodehm.conserver"
AT_SN1 = ["sn1,sn2", "127.0.1.1", "127.0.1.1", "sn1"]
AT_SN2 = ["sn2,sn1", "127.0.1.2", "127.0.1.2", "sn2"]


def gate(folder: Path, name: str) -> str:
    """A line for a script: while the file hold.NAME is there, it waits, and there.NAME tells that it does."""
    wait = "while [ -e hold.NAME ]; do touch there.NAME; sleep 0.05; done"
    return f"(cd {folder} && {wait.replace('NAME', name)})"


@dataclass(frozen=True)
class Site(OnCluster):
    """n1 and n2 are of sn1, and of sn2 after it; n3 is of sn1 alone. All come in by one sshd, where `ip` notes what it is told."""

    folder: Path

    def snmove(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.mn.run("snmove", *words)

    def cells(self, node: str) -> list[str]:
        lines = typed(self.mn, f"nodels {node} {COLUMNS}").splitlines()
        return [line.partition(": ")[2].partition(": ")[2] for line in lines]

    def routes(self) -> list[str]:
        path = self.folder / "routes"
        return sorted(path.read_text().splitlines()) if path.exists() else []

    def script(self, text: str) -> None:
        """The script syslog of all hosts; `$HOST` is the one from which a node has it."""
        for daemon in self.cluster.all:
            lay_out(daemon.root, {"syslog": f"#!/bin/sh\nHOST={daemon.name}\n{text}\n"})


@contextmanager
def held(site: Site, name: str) -> Iterator[Callable[[], bool]]:
    """Whoever comes to this gate waits there; what is given tells whether somebody does."""
    hold, there = site.folder / f"hold.{name}", site.folder / f"there.{name}"
    there.unlink(missing_ok=True)
    hold.touch()
    try:
        yield there.exists
    finally:
        hold.unlink()


@contextmanager
def move_site(folder: Path) -> Iterator[Site]:
    """The daemons run, and are stopped at the end."""
    (folder / "bin").mkdir()
    fake = folder / "bin/ip"
    fake.write_text(f'#!/bin/sh\n{gate(folder, "route")}\necho "$XCAT_ROOT $*" >>{folder}/routes\n')
    fake.chmod(0o755)
    blocks = [
        f"Match LocalAddress {NET}.1.{n}\n SetEnv XCAT_ROOT={folder}/n{n} PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        for n in (1, 2, 3)
    ]
    cluster = build(folder)
    with sshd(folder / "sshd", *blocks) as server, ExitStack() as stack:
        stack.callback(cluster.stop)
        port = stack.enter_context(web_server(cluster.management.root))
        for daemon in cluster.services:
            stack.enter_context(web_server(daemon.root, daemon.address, port))
        for daemon in cluster.all:
            _host(daemon, server)
            daemon.start()
        cluster.linked()
        server.authorized.write_text(
            "".join((each.root / "root/.ssh/id_ed25519.pub").read_text() for each in cluster.all)
        )
        site = Site(cluster, folder)
        _tables(site, port)
        yield site


def _host(daemon: Daemon, server: Sshd) -> None:
    key_for_root(daemon)
    acquaint(daemon, {"*": server.port}, ed25519=server)
    program = daemon.root / "etc/xcat/cons/lab"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho console of $1\nexec cat\n")
    program.chmod(0o755)


def _tables(site: Site, port: int) -> None:
    typed(
        site.mn,
        f"chtab key=httpport site.value={port}",
        "chtab key=installdir site.value=/install",
        "chtab node=xcatdefaults postscripts.postscripts=syslog postscripts.postbootscripts=",
        "mkdef -t network all net=127.0.0.0 mask=255.0.0.0 gateway='<xcatmaster>'",
        f"nodeadd n[1-3] groups=all nodehm.cons=lab 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
        "nodeadd sn[1-2] groups=service 'hosts.ip=|sn(\\d+)|127.0.1.($1)|'",
    )
    typed(
        site.mn,
        "nodech n[1-2] noderes.servicenode=sn1,sn2",
        "nodech n3 noderes.servicenode=sn1 noderes.xcatmaster=127.0.1.1",
    )
    until(lambda: "sn2" in site.sn2.run("nodels").stdout, "the tables on sn2")
    typed(site.mn, "makeknownhosts n[1-3]")
