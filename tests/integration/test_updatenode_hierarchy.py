"""`updatenode` through service nodes: each works on its own nodes, gets their files first, and only its own nodes miss it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, OnCluster, running
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from tests.helpers.updates import DONE, lay_out, lines
from tests.helpers.webfiles import web_server

NET = network()
TOKEN = '#!/bin/sh\necho "$NODE $UPDATESECURITY $(wc -c <"$XCAT_ROOT/etc/xcat/token" 2>/dev/null)"\n'


@dataclass(frozen=True)
class Site(OnCluster):
    """n1 is of sn1, n2 of sn2, n3 of the management node; all come in by one sshd, and have a root folder of their own."""

    sshd: Sshd
    folder: Path

    def update(self, *words: str) -> tuple[int, list[str], list[str]]:
        done = self.mn.run("updatenode", *words)
        return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("updatebelow")
    roots = {f"{NET}.1.{number}": f"n{number}" for number in (1, 2, 3)} | {"127.0.1.1": "s1", "127.0.1.2": "s2"}
    blocks = [f"Match LocalAddress {address}\n SetEnv XCAT_ROOT={folder}/{name}" for address, name in roots.items()]
    with running(folder) as cluster, sshd(folder / "sshd", *blocks) as server, ExitStack() as stack:
        port = stack.enter_context(web_server(cluster.management.root))
        for daemon in cluster.services:
            stack.enter_context(web_server(daemon.root, daemon.address, port))
        for daemon in cluster.all:
            _host(daemon, server)
        server.authorized.write_text(
            "".join((each.root / "root/.ssh/id_ed25519.pub").read_text() for each in cluster.all)
        )
        site = Site(cluster, server, folder)
        _tables(site, port)
        yield site


def _host(daemon: Daemon, server: Sshd) -> None:
    """Keys, and scripts that say where they come from."""
    key_for_root(daemon)
    acquaint(daemon, {"*": server.port}, ed25519=server)
    script = f"#!/bin/sh\necho {daemon.name}\n"
    lay_out(daemon.root, {"whose": script, "remoteshell": script, "servicenode": TOKEN})


def _tables(site: Site, port: int) -> None:
    typed(
        site.mn,
        f"chtab key=httpport site.value={port}",
        "chtab key=installdir site.value=/install",
        f"chtab key=SNsyncfiledir site.value={site.sn1.root}/staged",
        "chtab -d node=xcatdefaults postscripts",
        f"nodeadd n[1-3] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
        "nodech n1 noderes.servicenode=sn1 noderes.xcatmaster=127.0.1.1",
        "nodech n2 noderes.servicenode=sn2 noderes.xcatmaster=127.0.1.2",
        "nodech n3 noderes.xcatmaster=127.0.0.1",
        "nodeadd sn1 groups=service hosts.ip=127.0.1.1 noderes.xcatmaster=127.0.0.1",
        "nodeadd sn2 groups=service hosts.ip=127.0.1.2 noderes.xcatmaster=127.0.0.1",
    )
    until(lambda: "sn2" in site.sn2.run("nodels").stdout, "the tables on sn2")
    typed(site.mn, "makeknownhosts n[1-3],service")


def test_each_node_has_the_scripts_of_its_own_server(site: Site) -> None:
    status, out, err = site.update("n[1-3]", "-P", "whose", "--ordered")
    assert (status, err) == (0, [])
    servers = (("n1", "sn1"), ("n2", "sn2"), ("n3", "mn1"))
    assert out == [line for node, server in servers for line in (*lines(node, "whose", server), f"{node}: {DONE}")]


def test_a_service_node_without_the_script_says_so_for_its_nodes_only(site: Site) -> None:
    (site.mn.root / "install/postscripts/new").write_text("#!/bin/sh\necho new\n")
    (site.sn1.root / "install/postscripts/new").write_text("#!/bin/sh\necho new\n")
    status, out, err = site.update("n[1-3]", "-P", "new", "--ordered")
    assert (status, [line for line in out if line.endswith(DONE)]) == (1, [f"n1: {DONE}", f"n3: {DONE}"])
    assert err == [f"Error: [sn2]: The postscript {site.sn2.root}/install/postscripts/new does not exist."]


def test_service_nodes_get_their_keys_first_with_a_token_of_their_own(site: Site) -> None:
    for name in ("s1", "s2"):
        place = site.folder / name / "etc"
        place.mkdir(parents=True, exist_ok=True)
        (place / "xCATSN").touch()
    status, out, err = site.update("n1,n3", "-k")
    assert (status, err) == (0, [])
    first = [*lines("sn1", "remoteshell", "mn1"), *lines("sn1", "servicenode", "sn1 1 33")]
    ended = "Redeliver security files has completed."
    assert out[:7] == [*first, f"sn1: {ended}"]
    assert sorted(out[7:]) == sorted(
        [*lines("n1", "remoteshell", "sn1"), f"n1: {ended}", *lines("n3", "remoteshell", "mn1"), f"n3: {ended}"]
    )
    token = (site.folder / "s1/etc/xcat/token").read_text().strip()
    assert typed(site.mn, "nodetoken sn1 -l") == "", "nobody can use it any more"
    assert all(token not in daemon.log() + daemon.errors() for daemon in site.cluster.all)
    assert [line for line in site.update("sn2", "-k")[1] if line.endswith(ended)] == [f"sn2: {ended}"]
    assert site.sn1.run("updatenode", "n1", "-k").stderr.startswith(
        "Error: updatenode -f and -k are typed on the management node"
    )


def test_files_go_to_service_nodes_and_from_there_to_nodes(site: Site) -> None:
    source = site.mn.root / "install/files"
    source.mkdir(parents=True)
    there = site.folder / "there"
    there.mkdir()
    (source / "motd").write_text("hello\n")
    (source / "list").write_text(f"/install/files/motd -> {there}/motd\n")
    typed(
        site.mn,
        "chtab imagename=files osimage.synclists=/install/files/list",
        "nodech n1,n2 nodetype.provmethod=files",
    )
    staged = site.sn1.root / "staged/install/files/motd"
    status, out, err = site.update("n1", "-f")
    assert (status, out, err) == (0, ['File synchronization has completed for service nodes: "sn1"'], [])
    assert staged.read_text() == "hello\n"
    assert not (there / "motd").exists()
    (source / "motd").write_text("anew\n")
    status, out, err = site.update("n1", "-F")
    assert (status, out, err) == (0, ['File synchronization has completed for nodes: "n1"'], [])
    assert (there / "motd").read_text() == "anew\n"


def test_a_service_node_that_cannot_be_reached_stops_its_own_nodes_only(site: Site) -> None:
    config = site.mn.root / "root/.ssh/config"
    before = config.read_text()
    config.write_text(f"Host sn2\n Port 1\n{before}")
    status, out, err = site.update("n1,n2", "-F")
    config.write_text(before)
    assert (status, out) == (1, ['File synchronization has completed for nodes: "n1"'])
    assert [line for line in err if "sn2" in line]
    until(lambda: "failed" in typed(site.mn, "nodels n2 nodelist.updatestatus"), "the state of n2")


def test_a_service_node_whose_daemon_is_down_stops_its_own_nodes_only(site: Site) -> None:
    site.sn2.stop()
    try:
        status, out, err = site.update("n[1-3]", "-P", "whose", "--ordered")
    finally:
        site.sn2.start()
        site.cluster.linked("sn2")
    assert (status, [line for line in out if line.endswith(DONE)]) == (1, [f"n1: {DONE}", f"n3: {DONE}"])
    assert "Failed to dispatch command to any of the following service nodes: sn2" in err[0]
