"""The life of a service node, by commands: it is added, drained, replaced and retired."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE, Daemon, OnCluster, build, environment, join, made
from tests.helpers.containernode import PORT, ServiceNode
from tests.helpers.futurenode import ground
from tests.helpers.namespaces import namespaces
from tests.helpers.program import is_alive
from tests.helpers.scripts import copied
from tests.helpers.servicehosts import stop_servers
from tests.helpers.signer import signing
from tests.helpers.updates import folder_of, serving, trusting

PLUGIN = '''
import asyncio
from pathlib import Path
from xcatd.api import Ctx, Node, command


@command("dawdle", changes=True, timeout=600)
async def dawdle(ctx: Ctx, node: Node, folder: str) -> str:
    """Work until somebody says that it is enough."""
    (Path(folder) / "begun").touch()
    while not (Path(folder) / "enough").exists():
        await asyncio.sleep(0.05)
    return f"done by {ctx.host.name}"
'''


@dataclass(frozen=True)
class Site(OnCluster):
    """sn1, sn2 and sn3 are below mn1, in one network name space. sn3 is a node without a daemon at first. n1 and n2 are of sn1."""

    sn3: Daemon
    folder: Path

    def begin(self, daemon: Daemon) -> None:
        daemon.start(wait=False)
        until(partial(_answers, daemon), f"the tables of {daemon.name}")

    def tftpd(self) -> int:
        """The process of sn1's TFTP server; 0 when there is none."""
        path = self.sn1.root / "run/xcat/services/tftpd.pid"
        number = int(path.read_text().split()[0]) if path.exists() else 0
        return number if number and is_alive(number) else 0

    def enrol(self, daemon: Daemon, said: str) -> None:
        """What an administrator types on the new host, with what snadd or snreplace has said."""
        lines = [line.partition(f"{daemon.name}: ")[2].strip() for line in said.splitlines()]
        (token,) = (line.removeprefix("token: ") for line in lines if line.startswith("token: "))
        (words,) = (line.split()[1:] for line in lines if line.startswith("xcatcert enrol "))
        words[words.index("ca.pem")] = str(self.mn.root / "etc/xcat/cert/ca.pem")
        made(daemon)
        done = subprocess.run(
            [*daemon.before, sys.executable, "-m", "xcat_certs", "--root", str(daemon.root), *words],
            input=f"{token}\n",
            capture_output=True,
            text=True,
            env=environment(),
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr

    def serials(self, name: str) -> list[str]:
        """The state of each certificate of a name, the oldest first."""
        return [line.split()[4] for line in self.mn.xcatcert("list").stdout.splitlines() if f" {name} " in line]


def _answers(daemon: Daemon) -> bool:
    return daemon.run("nodels").returncode == 0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("life")
    cluster = build(folder)
    with namespaces("life") as (space,), ExitStack() as stack:
        new = Daemon(folder / "sn3", "sn3", "127.0.1.3", 3001, master=cluster.management.host)
        for daemon in (*cluster.all, new):
            daemon.before = space.before
            stack.callback(stop_servers, daemon.root)
            stack.callback(daemon.stop)
        stack.enter_context(signing(cluster.management.root))
        site = Site(cluster, new, folder)
        for daemon in cluster.all:
            (daemon.root / "etc/xcat/plugins").mkdir(parents=True, exist_ok=True)
            (daemon.root / "etc/xcat/plugins/dawdle.py").write_text(PLUGIN)
            site.begin(daemon)
        cluster.linked()
        typed(
            site.mn,
            "chtab key=master site.value=127.0.0.1",
            "nodeadd sn[1-3] groups=all 'hosts.ip=|sn(\\d+)|127.0.1.($1)|'",
            "mkdef -t network all net=127.0.0.0 mask=255.0.0.0",
            "nodeadd n[1-2] groups=rack1,all noderes.xcatmaster=127.0.1.1 'hosts.ip=|n(\\d+)|127.0.2.($1)|'",
            "chdef -t group -o rack1 servicenode=sn1,sn2",
            "chtab node=sn1 servicenode.tftpserver=1 servicenode.ipforward=1",
            "chtab node=sn2 servicenode.ipforward=1",
        )
        until(lambda: site.tftpd() > 0, "the TFTP server of sn1")
        yield site


def cell(site: Site, node: str, column: str) -> str:
    return typed(site.mn, f"nodels {node} {column}").partition(": ")[2].strip()


def test_a_node_becomes_a_service_node_with_one_command(site: Site) -> None:
    shown = typed(site.mn, "snadd sn3 -s ipforward --pool rack1 --dry-run")
    assert "service" in shown and "sn1,sn2,sn3" in shown
    assert cell(site, "sn3", "nodelist.groups") == "all"
    done = site.mn.run("snadd", "sn3", "-s", "ipforward", "--pool", "rack1")
    assert done.returncode == 0, done.stderr
    assert "sn3: does not serve yet: sn3 has not connected since this daemon started" in done.stdout
    assert cell(site, "sn3", "nodelist.groups") == "all,service"
    assert cell(site, "sn3", "servicenode.ipforward") == "1"
    assert (cell(site, "sn3", "noderes.servicenode"), cell(site, "sn3", "noderes.xcatmaster")) == ("mn1", "127.0.0.1")
    assert cell(site, "n1", "noderes.servicenode") == "sn1,sn2,sn3"
    assert "token" not in site.mn.log()
    site.enrol(site.sn3, done.stdout)
    site.begin(site.sn3)
    again = typed(site.mn, "snadd sn3 -s ipforward --pool rack1 --wait 60")
    assert again == "sn3: serves: its link is up, and its services are as table servicenode wants them\n"


def test_one_below_another_service_node_is_added_and_drained_as_well(site: Site) -> None:
    deep = Daemon(site.folder / "sn4", "sn4", "127.0.1.4", 3001, master=site.sn2.host, before=site.mn.before)
    typed(site.mn, "nodeadd sn4 groups=all noderes.servicenode=sn2")
    typed(site.mn, "snadd sn4 -s ipforward --dry-run")
    join(site.mn, deep)
    try:
        site.begin(deep)
        said = site.mn.run("snadd", "sn4", "-s", "ipforward", "--wait", "60")
        assert (said.returncode, said.stderr) == (0, ""), said.stdout
        assert said.stdout.endswith("as table servicenode wants them\n")
        assert cell(site, "sn4", "noderes.xcatmaster") == ""
        assert typed(site.mn, "sndrain sn4").startswith("sn4: is drained; next: ")
        typed(site.mn, "sndrain sn4 --undo", "sndrain sn4")
        assert '"sn4","drained"' in typed(site.mn, "tabdump sndrained")
        typed(site.mn, "snretire sn4 -y", "noderm sn4")
    finally:
        deep.stop()


def test_words_that_make_no_sense_change_nothing(site: Site) -> None:
    for words, sentence in (
        ("snadd mn1", "mn1"),
        ("snadd sn2 -s tftp", "There is no service 'tftp': it is one of nameserver"),
        ("snadd sn2 --pool rack9", "There is no group rack9"),
        ("sndrain n1", "n1 is no service node"),
        ("sndrain sn1,sn2", "sndrain takes one service node"),
        ("sndrain", "sndrain takes one service node"),
        (
            "snretire sn1 --yes",
            "sn1 is the first service node of n[1-2], or has their consoles: type sndrain sn1 first",
        ),
        ("snretire sn2 --yes", "sn2 is up and keeps its services: stop them first, by: sndrain sn2"),
    ):
        done = site.mn.run(*words.split())
        assert (done.returncode, done.stdout) == (1, ""), words
        assert sentence in done.stderr, done.stderr


def test_who_waits_for_a_service_node_that_does_not_come_is_told_why(site: Site) -> None:
    typed(site.mn, "nodeadd sn8 groups=all")
    done = site.mn.run("snadd", "sn8", "-w", "1")
    assert done.returncode == 1
    assert "does not serve after 1 s: sn8 has not connected since this daemon started" in done.stderr
    typed(site.mn, "snretire sn8 -y", "noderm sn8")


def test_draining_shows_what_it_would_do(site: Site) -> None:
    said = typed(site.mn, "sndrain sn1 -i --dry-run")
    assert "n1: noderes.servicenode: sn1,sn2,sn3 -> sn2,sn1,sn3" in said
    assert said.endswith("sn1: then: what is under way there ends, and its servers are stopped\n")
    assert typed(site.mn, "tabdump sndrained").count("\n") == 1
    assert cell(site, "n1", "noderes.servicenode").startswith("sn1,")


def let_serve_again(site: Site) -> None:
    """sn1, with the nodes that it had."""
    back = typed(site.mn, "sndrain sn1 --undo")
    until(lambda: site.tftpd() > 0, "the TFTP server")
    (line,) = (line for line in back.splitlines() if "to have them back" in line)
    typed(site.mn, line.partition("to have them back: ")[2])


def test_a_service_node_is_drained_when_what_is_under_way_has_ended_and_serves_again(
    site: Site, tmp_path: Path
) -> None:
    server = site.tftpd()
    with ThreadPoolExecutor() as pool:
        work = pool.submit(site.mn.run, "dawdle", "n1", str(tmp_path))
        try:
            until((tmp_path / "begun").exists, "the work on sn1")
            early = site.mn.run("sndrain", "sn1", "-i", "--wait", "1")
            assert early.returncode == 1
            assert "sn1: [sn1]: Error: under way there after 1 s: dawdle of root (request " in early.stderr
            assert "sn1 is not empty yet: type sndrain sn1 again, or sndrain sn1 --undo" in early.stderr
            assert cell(site, "n1", "noderes.servicenode") == "sn2,sn1,sn3"
            assert site.tftpd() == server, "what is under way there may need it"
            drain = pool.submit(site.mn.run, "sndrain", "sn1", "--wait", "60")
            until(lambda: "sndrain of root" in site.sn1.run("lsdaemons").stdout, "sndrain on sn1")
        finally:
            (tmp_path / "enough").touch()
        assert work.result().stdout == "n1: done by sn1\n"
        done = drain.result()
    assert (done.returncode, done.stderr) == (0, "")
    assert "sn1: tftpd is stopped, because sn1 is drained\n" in done.stdout
    assert site.tftpd() == 0
    assert cell(site, "sn1", "servicenode.tftpserver") == "1"
    assert typed(site.mn, "sndrain sn1").startswith("sn1: is drained; next: ")
    site.sn1.stop()
    site.begin(site.sn1)
    site.cluster.linked("sn1")
    until(lambda: "(it is drained; " in site.mn.run("xcatstatus", "sn1").stdout, "its services, which are left alone")
    assert site.tftpd() == 0, "a restart does not bring it back"
    let_serve_again(site)
    assert cell(site, "n1", "noderes.servicenode") == "sn1,sn2,sn3"
    assert typed(site.mn, "sndrain sn1 --undo") == "sn1: is not drained\n"


def test_a_drain_that_is_broken_off_is_brought_to_its_end(site: Site, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        work = pool.submit(site.sn1.run, "dawdle", "n1", str(tmp_path))
        try:
            until((tmp_path / "begun").exists, "work that was typed on sn1")
            drain = pool.submit(site.mn.run, "sndrain", "sn1", "-i")
            until(lambda: "sndrain of root" in site.sn1.run("lsdaemons").stdout, "sndrain on sn1")
            site.mn.stop(signal.SIGKILL)
            assert drain.result().returncode != 0
            site.begin(site.mn)
        finally:
            (tmp_path / "enough").touch()
        assert work.result().stdout == "n1: done by sn1\n"
    site.cluster.linked()
    assert site.tftpd() > 0
    assert typed(site.mn, "sndrain sn1 -i").splitlines()[-1].startswith("sn1: is drained; next: ")
    assert site.tftpd() == 0
    let_serve_again(site)
    assert cell(site, "n1", "noderes.servicenode") == "sn1,sn2,sn3"


def test_one_that_is_dead_is_drained_too_and_stays_so_when_it_comes_back(site: Site) -> None:
    site.sn1.stop()
    until(lambda: "link sn1: down" in site.mn.run("lsdaemons").stdout, "its loss")
    done = site.mn.run("sndrain", "sn1", "-i")
    assert done.returncode == 0, done.stderr
    assert "sn1 cannot be reached: its servers are stopped when it comes back" in done.stderr
    both = site.mn.run("sndrain", "sn2", "-i", "-d", "sn1")
    assert "sn1 is drained itself: say with -d who gets the nodes of sn2, or sndrain sn1 --undo" in both.stderr
    site.begin(site.sn1)
    until(lambda: site.tftpd() == 0, "the end of the TFTP server that it finds")


def test_a_service_node_gets_a_new_key_and_the_old_one_is_worth_nothing(site: Site) -> None:
    site.cluster.linked("sn1")
    assert site.serials("sn1") == ["valid"]
    typed(site.mn, "snreplace sn1 --dry-run")
    done = site.mn.run("snreplace", "sn1")
    assert (done.returncode, done.stderr) == (0, "")
    assert site.serials("sn1") == ["revoked"]
    until(lambda: "link sn1: down" in site.mn.run("lsdaemons").stdout, "the end of its link")
    until(lambda: "was revoked on" in site.sn1.log(), "the reason on sn1")
    site.sn1.stop()
    for path in (site.sn1.root / "etc/xcat/cert").glob("server-*"):
        path.unlink()
    site.enrol(site.sn1, done.stdout)
    site.begin(site.sn1)
    site.cluster.linked("sn1")
    assert site.serials("sn1") == ["revoked", "valid"]
    assert "certificate taken back" in typed(site.mn, "tabdump eventlog")


def test_a_service_node_is_retired_and_stays_a_node(site: Site) -> None:
    asked = site.mn.run("snretire", "sn1")
    assert (asked.returncode, "not confirmed, so nothing was changed; --yes goes on" in asked.stderr) == (1, True)
    typed(site.mn, "snretire sn1 --dry-run")
    assert cell(site, "n1", "noderes.servicenode") == "sn2,sn1,sn3"
    said = typed(site.mn, "snretire sn1 --yes")
    assert "sn1: is no service node any more; the node is still defined\n" in said
    assert (cell(site, "n1", "noderes.servicenode"), cell(site, "sn1", "nodelist.groups")) == ("sn2,sn3", "all")
    assert '"sn1"' not in typed(site.mn, "tabdump servicenode") + typed(site.mn, "tabdump sndrained")
    assert site.serials("sn1") == ["revoked", "revoked"]
    until(lambda: "link sn1: up" not in site.mn.run("lsdaemons").stdout, "the end of its link")
    assert site.tftpd() == 0, "what was stopped stays so"
    again = typed(site.mn, "snretire sn1 --yes")
    assert again.startswith("sn1: revoked: it had no good certificate\n")


@pytest.fixture
def future(tmp_path: Path) -> Iterator[ServiceNode]:
    """A host that lets ssh in and is to become a service node."""
    with ground(tmp_path, group="all") as there:
        scripts = copied(tmp_path).rename(folder_of(there.mn, "install") / "postscripts")
        with there.host(tmp_path, scripts, {}) as pair:
            trusting(there.mn, pair.sn, f"chtab key=xcatdport site.value={PORT}")
            with serving(there.mn, there.above):
                yield pair


def test_a_host_that_lets_ssh_in_becomes_one_without_another_word(future: ServiceNode) -> None:
    done = future.mn.run("snadd", "sn1", "-s", "ipforward", "--wait", "60")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "sn1: xcatserver: sn1 has its certificate\n" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("sn1: serves: its link is up")
