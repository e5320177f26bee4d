"""`snmove` with two service nodes and nodes that let ssh in: tables, consoles, and what runs on the nodes afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import credentials, typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, OnCluster, build
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from tests.helpers.updates import lay_out
from tests.helpers.webfiles import web_server

NET = network()
COLUMNS = "noderes.servicenode noderes.xcatmaster noderes.nfsserver nodehm.conserver"
AT_SN1 = ["sn1,sn2", "127.0.1.1", "127.0.1.1", "sn1"]
AT_SN2 = ["sn2,sn1", "127.0.1.2", "127.0.1.2", "sn2"]


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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("snmove")
    (folder / "bin").mkdir()
    fake = folder / "bin/ip"
    fake.write_text(f'#!/bin/sh\necho "$XCAT_ROOT $*" >>{folder}/routes\n')
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


@pytest.fixture
def site(whole: Site) -> Site:
    """Nodes as at the beginning."""
    typed(
        whole.mn,
        "nodech n1,n2 noderes.servicenode=sn1,sn2 noderes.xcatmaster=127.0.1.1 "
        "noderes.nfsserver=127.0.1.1 nodehm.conserver=sn1",
    )
    whole.script("echo $NODE by $HOST")
    (whole.folder / "routes").unlink(missing_ok=True)
    return whole


def log_of(daemon: Daemon, node: str) -> str:
    path = daemon.root / "var/log/consoles" / node
    return path.read_text() if path.exists() else ""


def test_nodes_move_and_what_serves_them_follows(site: Site) -> None:
    until(lambda: "console of n1" in log_of(site.sn1, "n1"), "the console on sn1")
    done = site.snmove("n1,n2", "-V")
    assert (done.returncode, done.stderr) == (0, "")
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN2, AT_SN2)
    said = {line.replace("[mn1]: ", "").replace("[sn2]: ", "") for line in done.stdout.splitlines()}
    assert {
        text for n in ("n1", "n2") for text in (f"{n}: {n} by sn2", f"{n}: moved from sn1 to sn2 (127.0.1.2)")
    } <= said
    assert site.routes() == [f"{site.folder}/{n} route replace default via 127.0.1.2" for n in ("n1", "n2")]
    until(lambda: "console of n1" in log_of(site.sn2, "n1"), "the console on sn2")
    until(lambda: typed(site.mn, "lscons n1").startswith("n1: up since"), "the console that is shown")
    (back,) = (line.partition(": ")[2] for line in said if line.startswith("The way back: "))
    assert back == "snmove n[1-2] -d sn1 -D 127.0.1.1"
    typed(site.mn, back)
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN1, AT_SN1)


def test_nodes_may_be_left_alone(site: Site) -> None:
    done = site.snmove("n1", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Moving nodes to their backup service nodes.",
        "Setting new values in the xCAT database.",
        "n1: moved from sn1 to sn2 (127.0.1.2)",
    ]
    assert (site.cells("n1"), site.cells("n2"), site.routes()) == (AT_SN2, AT_SN1, [])
    assert site.snmove("n1", "-d", "sn2", "-i").stdout.endswith("n1: is with sn2 already\n")


def test_a_dry_run_shows_all_of_it_and_does_nothing(site: Site) -> None:
    done = site.snmove("n1", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "n1: nodehm.conserver: sn1 -> sn2",
        "n1: noderes.nfsserver: 127.0.1.1 -> 127.0.1.2",
        "n1: noderes.servicenode: sn1,sn2 -> sn2,sn1",
        "n1: noderes.xcatmaster: 127.0.1.1 -> 127.0.1.2",
        "n1: then: xdsh ip route replace default via 127.0.1.2",
        "n1: then: updatenode -P syslog",
    ]
    assert (site.cells("n1"), site.routes()) == (AT_SN1, [])


def test_one_that_cannot_be_moved_holds_up_all(site: Site) -> None:
    done = site.snmove("n1,n3")
    assert (done.returncode, done.stdout) == (1, "")
    assert "n3: [mn1]: Error: Could not determine a backup service node for node n3" in done.stderr
    assert "Nothing has been changed" in done.stderr
    assert site.cells("n1") == AT_SN1


def test_all_nodes_of_a_service_node_move(site: Site) -> None:
    done = site.snmove("-s", "sn1", "-S", "127.0.1.1", "-d", "sn2", "-D", "127.0.1.2", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert site.cells("n1") == site.cells("n2") == AT_SN2
    assert site.cells("n3")[:2] == AT_SN2[:2]
    done = site.snmove("-s", "sn1")
    assert (done.returncode, "No node has sn1 as its first service node" in done.stderr) == (1, True)
    typed(site.mn, "nodech n3 noderes.servicenode=sn1 noderes.xcatmaster=127.0.1.1")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "snmove needs a noderange, or -s"),
        ("n1 -s sn1", "snmove takes a noderange or -s, not both"),
        ("n1 -i -P syslog", "snmove -i leaves the nodes alone, and -P runs scripts on them"),
        ("n1 -l", "snmove -l and -n are for AIX"),
        ("n1 -d sn9", "There is no node sn9"),
        ("n1 -D a;b", "snmove: 'a;b' is neither a name nor an address of a host"),
        ("n1 -P none", "/install/postscripts/none does not exist"),
        ("n1 n2", "n2"),
    ],
)
def test_what_makes_no_sense_is_refused(site: Site, words: str, sentence: str) -> None:
    done = site.snmove(*words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert site.cells("n1") == AT_SN1


def test_a_step_that_fails_is_said_for_its_nodes_and_the_tables_stay(site: Site) -> None:
    site.script('echo $NODE by $HOST; [ "$NODE" = n1 ]')
    done = site.snmove("n1,n2")
    assert done.returncode == 1
    assert "n1: moved from sn1 to sn2 (127.0.1.2)" in done.stdout
    assert (
        "n2: [mn1]: Error: moved from sn1 to sn2 (127.0.1.2) in the tables, and stays so, but this is not done: updatenode -P "
        "syslog; do it again, all of it by: snmove n2 -d sn2\n"
    ) in done.stderr
    assert site.cells("n2") == AT_SN2


def test_who_may_not_touch_the_nodes_of_a_service_node_may_not_move_them(site: Site) -> None:
    folder = credentials(site.mn, "bob")
    row = "policy.name=bob policy.commands=snmove policy.noderange=n1 policy.rule=allow"
    typed(site.mn, f"chtab priority=7 {row}")
    done = site.mn.run("snmove", "-s", "sn1", "-i", tls=True, XCAT_CREDENTIALS=str(folder))
    assert (done.returncode, "Permission denied" in done.stderr) == (1, True)
    assert site.cells("n1") == AT_SN1


def test_two_do_not_move_the_same_node_at_once(site: Site) -> None:
    site.script(f"touch {site.folder}/there; while [ ! -e {site.folder}/go ]; do sleep 0.1; done")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(site.snmove, "n1")
        try:
            until((site.folder / "there").exists, "the script on n1")
            second, other = site.snmove("n1,n2", "-i"), site.snmove("n2", "-i")
        finally:
            (site.folder / "go").touch()
        assert first.result().returncode == 0
    assert (second.returncode, "another snmove works on n1: try again" in second.stderr) == (1, True)
    assert other.returncode == 0
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN2, AT_SN2)
