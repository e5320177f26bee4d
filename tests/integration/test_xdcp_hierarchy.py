"""`xdcp` through service nodes: they get the files first, each once, and bring them to their own nodes with their own keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, OnCluster, running
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd

NET = network()


@dataclass(frozen=True)
class Site(OnCluster):
    """n1 is served by sn1, n2 by sn2, p1 by the pool sn1,sn2; m1 by the management node. `hosts`: the sshds of sn1 and sn2, which
    see a folder of their own at `staged`. Nodes get the files at `there`."""

    staged: Path
    hosts: tuple[Sshd, Sshd]
    there: Path

    def xdcp(self, *words: str, **env: Any) -> tuple[int, str, str]:
        done = self.mn.run("xdcp", *words, **env)
        return done.returncode, done.stdout, done.stderr

    def copy(self, number: int, path: Path) -> Path:
        """The copy of a file on a service node."""
        return self.hosts[number - 1].own / path.relative_to("/")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("below")
    staged = folder / "staged"
    staged.mkdir()
    with running(folder) as cluster, ExitStack() as stack:
        nodes = stack.enter_context(sshd(folder / "nodes"))
        first, second = (stack.enter_context(sshd(folder / f"host{number}", own=staged)) for number in (1, 2))
        site = Site(cluster, staged, (first, second), folder)
        for daemon in cluster.all:
            key_for_root(daemon)
        own, *keys = ((daemon.root / "root/.ssh/id_ed25519.pub").read_text() for daemon in cluster.all)
        nodes.authorized.write_text("".join((own, *keys)))
        for number, host in enumerate(site.hosts, 1):
            host.authorized.write_text(own)
            below = cluster.services[number - 1].root / staged.relative_to("/")
            below.parent.mkdir(parents=True)
            below.symlink_to(host.own)
        ports = {"sn1": first.port, "sn2": second.port, "*": nodes.port}
        for daemon in cluster.all:
            acquaint(daemon, ports, rsa=first, ecdsa=second, ed25519=nodes)
        typed(
            site.mn,
            f"chtab key=SNsyncfiledir site.value={staged}",
            f"nodeadd sn[1-2] groups=service 'hosts.ip=|sn(\\d+)|{NET}.9.($1)|'",
            f"nodeadd n[1-2] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|' 'noderes.servicenode=|n(\\d+)|sn($1)|'",
            f"nodeadd p1 groups=all hosts.ip={NET}.2.1 noderes.servicenode=sn1,sn2",
            f"nodeadd m1 groups=all hosts.ip={NET}.3.1",
        )
        for service in cluster.services:
            until(partial(_has_tables, service), "the tables")
        typed(site.mn, "makeknownhosts all,service")
        yield site


def _has_tables(service: Daemon) -> bool:
    return "m1" in service.run("nodels").stdout


@pytest.fixture
def site(base: Site, tmp_path: Path) -> Site:
    there = tmp_path / "there"
    there.mkdir()
    return Site(base.cluster, base.staged, base.hosts, there)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "files/some file"
    path.parent.mkdir()
    path.write_text("content")
    path.chmod(0o640)
    return path


def test_service_nodes_get_the_files_and_bring_them_to_their_nodes(site: Site, file: Path) -> None:
    assert site.xdcp("all", str(file), f"{site.there}/") == (0, "", "")
    assert (site.there / "some file").read_text() == "content"
    copies = [site.copy(number, file) for number in (1, 2)]
    assert [copy.read_text() for copy in copies] == ["content", "content"]
    before = [copy.stat().st_ino for copy in copies]
    assert site.xdcp("n1", str(file), f"{site.there}/again") == (0, "", "")
    assert [copy.stat().st_ino for copy in copies] == before
    file.write_text("another")
    assert site.xdcp("n1", str(file), f"{site.there}/again") == (0, "", "")
    assert (site.there / "again").read_text() == "another"
    assert [copy.read_text() for copy in copies] == ["another", "content"]


def test_a_folder_loses_on_service_nodes_what_it_has_lost(site: Site, file: Path) -> None:
    other = file.with_name("other")
    other.symlink_to("some file")
    beside = file.parent.with_name("beside")
    beside.write_text("beside")
    assert site.xdcp("n1", str(beside), str(site.there)) == (0, "", "")
    assert site.xdcp("n1", "-R", str(file.parent), str(site.there)) == (0, "", "")
    assert (site.there / "files/other").read_text() == "content"
    other.unlink()
    assert site.xdcp("n1", "-R", str(file.parent), f"{site.there}/second") == (0, "", "")
    assert [path.name for path in (site.there / "second").iterdir()] == ["some file"]
    assert (site.copy(1, beside).read_text(), site.copy(1, other).exists()) == ("beside", False)


def test_a_service_node_that_cannot_have_the_files_costs_only_its_own_nodes(site: Site, file: Path) -> None:
    config = site.mn.root / "root/.ssh/config"
    before = config.read_text()
    config.write_text("Host sn1\n Port 1\n" + before)
    status, out, err = site.xdcp("all", "--json", str(file), f"{site.there}/")
    config.write_text(before)
    reason = f"cannot be reached at {NET}.9.1 port 1 (Connection refused): check that its sshd is up"
    assert f"the files could not be brought to service node sn1, so it is left out: {reason}" in out + err
    assert status == 1
    verdicts = {each["name"]: each["attributes"]["verdict"] for each in json.loads(out)}
    assert verdicts == {"m1": "ok", "n1": "unreachable", "n2": "ok", "p1": "ok"}
    assert (site.there / "some file").read_text() == "content"
    assert site.copy(2, file).read_text() == "content"
    assert not site.copy(1, file).exists()


def test_what_service_nodes_lack_is_said_by_them(site: Site, file: Path) -> None:
    status, out, err = site.xdcp("all", "--ordered", str(file), f"{site.there}/none/")
    sentence = f"{site.there}/none/ is no folder there: make it"
    assert (status, out) == (1, "")
    assert sorted(err.splitlines()) == sorted(
        f"[{daemon}]: {node}: {sentence}"
        for daemon, node in (("mn1", "m1"), ("sn1", "n1"), ("sn1", "p1"), ("sn2", "n2"))
    )


def test_a_list_brings_its_files_to_service_nodes_only_on_demand(site: Site) -> None:
    lists = site.mn.root / "lists"
    lists.mkdir()
    plain, synclist = lists / "plain", lists / "synclist"
    plain.write_text("plain\n")
    synclist.write_text(f"{plain} -> {site.there}/one\n")
    assert site.xdcp("n1,p1", "-s", "-F", str(synclist)) == (0, "", "")
    assert [site.copy(number, plain).read_text() for number in (1, 2)] == ["plain\n", "plain\n"]
    assert list(site.there.iterdir()) == []
    assert site.xdcp("n[1-2]", "--dry-run", "--ordered", "-F", str(synclist)) == (
        0,
        f"n1: would bring {site.there}/one\nn2: would bring {site.there}/one\n",
        "",
    )
    assert site.xdcp("all", "-F", str(synclist)) == (0, "", "")
    assert (site.there / "one").read_text() == "plain\n"


def test_pulled_files_are_on_the_service_node(site: Site, file: Path) -> None:
    assert site.xdcp("n1", "-P", str(file), str(site.there)) == (0, "", "")
    assert (site.there / "some file._n1").read_text() == "content"


def test_typed_on_a_service_node_its_own_files_go_to_its_own_nodes(site: Site, file: Path) -> None:
    done = site.sn2.run("xdcp", "n2,p1", str(file), f"{site.there}/")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (site.there / "some file").read_text() == "content"
    refused = site.sn2.run("xdcp", "n1,n2", str(file), f"{site.there}/second")
    assert refused.stderr.startswith("Error: xdcp: n1 is not served from here: type it on the management node")
    assert not (site.there / "second").exists()


def test_a_service_node_that_is_down_stops_only_its_own_nodes(site: Site, file: Path) -> None:
    site.sn1.stop()
    try:
        status, out, _ = site.xdcp("all", "--json", str(file), f"{site.there}/")
        verdicts = {each["name"]: each["attributes"]["verdict"] for each in json.loads(out)}
        assert (status, verdicts) == (1, {"m1": "ok", "n1": "unreachable", "n2": "ok", "p1": "ok"})
        assert (site.there / "some file").read_text() == "content"
    finally:
        site.sn1.start()
        site.cluster.linked("sn1")
