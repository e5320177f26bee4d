"""`updatenode` with the real scripts on a real node: Debian with systemd in a container, its management node on another host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, made
from tests.helpers.container import Container, container
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.scripts import copied
from tests.helpers.updates import folder_of, serving, trusting
from tests.integration.test_postscripts import package

SERVER, NODE = "10.7.0.1", "10.7.0.2"


@dataclass(frozen=True)
class Pair:
    """The management node and its node n1."""

    mn: Daemon
    node: Container

    def update(self, *words: str) -> tuple[int, list[str], str]:
        done = self.mn.run("updatenode", "n1", *words)
        return done.returncode, [line.removeprefix("n1: ") for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with namespaces("server", "node") as (server, there):
        cable(server, there, "up0")
        server.up("up0", f"{SERVER}/16")
        there.up("up0", f"{NODE}/16")
        mn = made(Daemon(tmp_path / "mn1", "mn1", SERVER, 3001, before=server.before))
        copied(tmp_path).rename(folder_of(mn, "install") / "postscripts")
        with container(tmp_path, there, "n1") as node:
            try:
                mn.start(wait=False)
                until(lambda: mn.run("nodels").returncode == 0, "the management node")
                trusting(mn, node, f"nodeadd n1 groups=all hosts.ip={NODE} nodetype.provmethod=img")
                with serving(mn, server):
                    yield Pair(mn, node)
            finally:
                mn.stop()


def test_logs_time_and_packages_of_a_node_that_runs(pair: Pair) -> None:
    status, said, err = pair.update("-P", "syslog,setupntp")
    assert (status, err) == (0, "")
    assert {"syslog: wrote /etc/rsyslog.d/60-xcat.conf", "setupntp: wrote /etc/chrony/chrony.conf"} <= {*said}
    assert said[-1] == "Running of postscripts has completed."
    assert SERVER in pair.node.path("/etc/rsyslog.d/60-xcat.conf").read_text()
    assert (pair.node.state("rsyslog"), pair.node.state("chrony")) == ("active", "active")
    package(folder_of(pair.mn, "install/post/otherpkgs/one"), "xcat-one", "1.0")
    folder_of(pair.mn, "install/custom").joinpath("other").write_text("one/xcat-one\n")
    typed(
        pair.mn,
        "chtab imagename=img osimage.osvers=debian12 linuximage.otherpkglist=/install/custom/other",
        "chtab imagename=img linuximage.otherpkgdir=/install/post/otherpkgs",
    )
    pair.node.path("/etc/apt/sources.list").write_text("")  # only what the server has
    status, said, err = pair.update("-S")
    assert (status, err) == (0, "")
    assert "otherpkgs: install xcat-one" in said
    assert said[-1] == "Running of Software Maintenance has completed."
    assert pair.node.path("/usr/share/xcat-one/version").read_text() == "1.0"
    again = pair.update("-S", "-P", "syslog,setupntp")[1]
    assert [line for line in again if line.endswith("nothing to do")] == [
        f"{name}: nothing to do" for name in ("ospkgs", "otherpkgs", "syslog", "setupntp")
    ]
