"""Nodes of a dead service node go to another one of their pool by themselves, and back; with real daemons."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Cluster, Daemon, OnCluster, free_port, join, made
from tests.helpers.proxy import Proxy
from tests.simulators.bmcs import Bmc, Rack, bmcs

POOLS = {"n1": "sn1,sn2", "n2": "sn1,sn2", "n3": "sn1", "n4": "sn2,sn1", "n5": "sn1,sn2"}
"""Nodes with a console and a BMC, and each one's servicenode. Only those in the group compute may go by themselves: not n5."""
LAST = "the-last-of-the-tables"
AT_HOME = list(POOLS.values())
TAKEN = ["sn2,sn1", "sn2,sn1", "sn1", "sn2,sn1", "sn1,sn2"]
ADDRESSES = {f"sn{number}": f"127.0.1.{60 + number}" for number in (1, 2, 3)}


@dataclass(frozen=True)
class Site(OnCluster):
    """mn1 and three service nodes; between mn1 and the first one is a proxy."""

    wire: Proxy
    folder: Path

    def pools(self) -> list[str]:
        """The servicenode of each node."""
        lines = typed(self.mn, f"nodels {','.join(POOLS)} noderes.servicenode").splitlines()
        return [line.partition(": ")[2] for line in lines]

    def told(self) -> str:
        """What the program of the site has heard."""
        path = self.folder / "told"
        return path.read_text() if path.exists() else ""

    def opened(self, daemon: Daemon, node: str) -> int:
        """How often a daemon has opened the console of a node."""
        path = daemon.root / "var/log/consoles" / node
        return path.read_text().count(f"console of {node}") if path.exists() else 0

    def served_by(self, node: str) -> str:
        """Which daemon does a command for a node."""
        done = self.mn.run("rpower", node, "stat", XCATSHOWSVR="1")
        return done.stdout.split(": ")[1].strip("[]") if done.returncode == 0 else done.stderr

    def is_copied(self, text: str) -> bool:
        """Whether the first service node will know a text of the tables when it starts."""
        files = [self.sn1.root / "etc/xcat/replica" / name for name in ("tables.copy", "tables.journal")]
        return any(text.encode() in each.read_bytes() for each in files if each.exists())

    def has_console(self, daemon: Daemon, node: str) -> bool:
        """Whether a daemon holds the console of a node now."""
        return f"{node}: up" in daemon.run("lscons", node).stdout


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bmc]]:
    with bmcs(Rack(len(POOLS), f"{network()}.3.1"), tmp_path_factory.mktemp("bmcs")) as simulated:
        yield list(simulated)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, rack: list[Bmc]) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("takeover")
    mn = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", free_port()))
    with Proxy(("127.0.0.1", mn.port)) as wire:
        masters = dict.fromkeys(ADDRESSES, mn.host) | {"sn1": wire.place}
        services = [
            join(mn, Daemon(folder / name, name, address, free_port(address), master=masters[name]))
            for name, address in ADDRESSES.items()
        ]
        made_site = Site(Cluster(mn, services), wire, folder)
        try:
            for daemon in made_site.cluster.all:
                _console_program(daemon)
                daemon.start()
            _tables(made_site, rack)
            yield made_site
        finally:
            made_site.cluster.stop()


def _console_program(daemon: Daemon) -> None:
    program = daemon.root / "etc/xcat/cons/lab"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho console of $1\nexec cat\n")
    program.chmod(0o755)


def _tables(site: Site, rack: list[Bmc]) -> None:
    program = site.folder / "tell"
    program.write_text(f"#!/bin/sh\ncat >>{site.folder}/told\n")
    program.chmod(0o755)
    typed(
        site.mn,
        "mkdef -t network all net=127.0.0.0 mask=255.0.0.0",
        "chtab key=ipmi passwd.username=admin passwd.password=secret",
        f"chtab key=takeoverprogram site.value={program}",
        "chtab node=compute takeover.after=1",
        "nodeadd other groups=other noderes.servicenode=sn3",
        *(f"nodeadd {name} groups=service hosts.ip={address}" for name, address in ADDRESSES.items()),
    )
    for number, ((node, pool), bmc) in enumerate(zip(POOLS.items(), rack, strict=True), 1):
        group = "other" if node == "n5" else "compute"
        typed(
            site.mn,
            f"nodeadd {node} groups={group} hosts.ip=127.0.2.{number} nodehm.cons=lab nodehm.mgt=ipmi "
            f"ipmi.bmc={bmc.host}:{bmc.port}",
            f"nodech {node} noderes.servicenode={pool}",
        )
    typed(site.mn, f"nodech n5 nodelist.comments={LAST}")
    site.cluster.linked()
    until(lambda: site.is_copied(LAST), "all of that in the copy on the disk of sn1")
    until(lambda: (site.served_by("n1"), site.served_by("n4")) == ("sn1", "sn2"), "both service nodes")
    until(lambda: site.has_console(site.sn1, "n1"), "the console of n1")


def test_nodes_of_a_dead_service_node_go_to_another_one_and_come_back(site: Site) -> None:
    site.sn1.stop(signal.SIGKILL)
    site.sn2.stop(signal.SIGKILL)
    until(lambda: "event=held\nsource=sn1\n" in site.told(), "the word that too many are away")
    assert (
        "2 of 3 service nodes cannot be reached (sn[1-2]): more likely this management node is cut off" in site.told()
    )
    assert site.pools() == AT_HOME

    site.sn2.start()
    until(lambda: site.pools() == TAKEN, "the move")
    until(lambda: "event=moved\nsource=sn1\ndest=sn2\nnodes=n[1-2]\n" in site.told(), "the notice")
    assert site.served_by("n1") == "sn2"
    until(lambda: site.has_console(site.sn2, "n1"), "the console of n1 at the other one")
    rows = typed(site.mn, "tabdump eventlog")
    assert '"takeover","xcatd","mn1","sn1",,"moved",,"warning","sn1 is dead: n[1-2] have gone to sn2"' in rows
    assert '"held",,"critical","sn1 is dead, and n[1-3] stay with it' in rows

    opened = site.opened(site.sn1, "n1")
    site.sn1.start()
    site.cluster.linked("sn1")
    until(lambda: site.has_console(site.sn1, "n3"), "the console that nobody else has")
    assert site.opened(site.sn1, "n1") == opened, "it has learnt that its nodes have gone"
    assert "DHCP, and the consoles of n[1-2,4], wait for current ones" in site.sn1.log()
    assert site.pools() == TAKEN

    site.mn.stop(signal.SIGKILL)
    site.mn.start()
    typed(site.mn, "chtab node=compute takeover.back=2")
    until(lambda: site.pools() == AT_HOME, "the way back")
    until(lambda: "event=back\nsource=sn2\ndest=sn1\nnodes=n[1-2]\n" in site.told(), "the notice")
    until(lambda: site.has_console(site.sn1, "n1"), "the console of n1 at home")
    assert site.served_by("n1") == "sn1"


def test_a_service_node_that_is_cut_off_lets_its_consoles_go(site: Site) -> None:
    site.wire.stall()
    until(lambda: site.pools() == TAKEN, "the move")
    until(lambda: "the consoles of n[1-2,4] are left to these" in site.sn1.log(), "that it knows")
    until(lambda: not site.has_console(site.sn1, "n1"), "the end of the console")
    assert site.has_console(site.sn1, "n3"), "nobody else can have it"
    opened = site.opened(site.sn1, "n1")
    site.wire.resume()
    until(lambda: site.sn1.log().count("consoles are not withheld any more") == 2, "its current tables")
    assert site.opened(site.sn1, "n1") == opened, "it has learnt that its nodes have gone"
    assert "fault" not in site.mn.log() + site.sn1.log() + site.sn2.log()
