"""`nodeset` where a service node has a TFTP folder of its own: its boot files are written there, by the time the tables say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.bootsite import FILES, FOLDER, IMAGE, NODES, SITE, boots
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.media import lay
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.servicehosts import stop_servers

PORT = 3001
FROM_DISK = "#!ipxe\n#boot\niseq ${platform} efi && exit 1 ||\nexit\n"
TABLES = (
    *SITE,
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0",
    "nodeadd sn1 groups=service servicenode.tftpserver=1 hosts.ip=10.7.0.2",
    "nodeadd n[1-3] groups=compute noderes.netboot=xnba",
    "nodech n1,n2 noderes.servicenode=sn1",
    *NODES,
)


@dataclass(frozen=True)
class Cluster:
    mn: Daemon
    sn: Daemon

    def state(self, node: str) -> str:
        return typed(self.mn, f"nodeset {node} stat").partition(": ")[2].strip()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodeset")
    with namespaces("mn", "sn") as (here, there):
        cable(here, there, "up0")
        here.up("up0", "10.7.0.1/16")
        there.up("up0", "10.7.0.2/16")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        sn = join(mn, Daemon(folder / "sn1", "sn1", "10.7.0.2", PORT, master=mn.host, before=there.before))
        try:
            for daemon in (mn, sn):
                lay(daemon.root, FILES)
                daemon.start(wait=False)
                until(lambda daemon=daemon: daemon.run("nodels").returncode == 0, f"the tables of {daemon.name}")  # type: ignore[misc]
            typed(mn, *TABLES)
            until(lambda: "link sn1: up" in mn.run("lsdaemons").stdout, "the link")
            yield Cluster(mn, sn)
        finally:
            for daemon in (sn, mn):
                daemon.stop()
                stop_servers(daemon.root)


def test_all_servers_have_the_files_of_all_nodes(cluster: Cluster) -> None:
    done = cluster.mn.run("nodeset", "n1,n3", f"osimage={IMAGE}")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == [f"{n}: netboot rocky9.4-x86_64-compute" for n in ("n1", "n3")]
    # n1 belongs to the service node, so that one names itself; who has both loads from whom its loader asked
    assert f"http://10.7.0.2/{FOLDER}/rootimg.sfs XCAT=10.7.0.2:3001" in boots(cluster.sn, "n1")
    assert "http://${next-server}/tftpboot/xcat/osimage/" in boots(cluster.mn, "n1")
    for daemon, address in ((cluster.mn, "10.7.0.1"), (cluster.sn, "10.7.0.2")):
        assert f"XCAT={address}:3001 NODE=n3" in boots(daemon, "n3")
        assert (daemon.root / f"tftpboot/xcat/osimage/{IMAGE}/kernel").read_text() == "kernel"
    assert "XCAT=!myipfn!:3001" in typed(cluster.mn, "nodels n1 bootparams.kcmdline")


def test_only_its_own_nodes_where_that_is_wished(cluster: Cluster) -> None:
    typed(cluster.mn, "chtab key=disjointdhcps site.value=1", "nodeset n2,n3 boot")
    typed(cluster.mn, "chtab -d key=disjointdhcps site")
    assert (boots(cluster.mn, "n2"), boots(cluster.sn, "n2")) == ("", FROM_DISK)
    assert boots(cluster.mn, "n3") == FROM_DISK != boots(cluster.sn, "n3")


def test_what_fails_on_a_service_node_is_said_and_the_tables_stay(cluster: Cluster) -> None:
    typed(cluster.mn, "nodeset n1 boot")
    rootimg = cluster.sn.root / FOLDER / "rootimg.sfs"
    rootimg.rename(rootimg.with_name("aside"))
    done = cluster.mn.run("nodeset", "n1", f"osimage={IMAGE}")
    rootimg.with_name("aside").rename(rootimg)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"n1: [sn1]: Error: {rootimg.parent} has no rootimg.sfs: make it with packimage")
    assert cluster.state("n1") == "boot"
    assert boots(cluster.sn, "n1") == FROM_DISK


def test_typed_on_the_service_node_the_management_node_does_it(cluster: Cluster) -> None:
    typed(cluster.sn, f"nodeset n2 osimage={IMAGE}")
    assert cluster.state("n2") == "netboot rocky9.4-x86_64-compute"
    assert "#netboot" in boots(cluster.sn, "n2")


def test_scripts_run_where_the_nodes_belong(cluster: Cluster) -> None:
    for daemon in (cluster.mn, cluster.sn):
        folder = lay(daemon.root / "install/prescripts", {"who": "#!/bin/sh\necho $NODES\n"})
        (folder / "who").chmod(0o755)
    typed(cluster.mn, "chtab node=xcatdefaults prescripts.begin=who")
    lines = typed(cluster.mn, "nodeset n[1-3] boot").splitlines()
    typed(cluster.mn, "chtab -d node=xcatdefaults prescripts")
    assert {"mn1: who: n3", "sn1: who: n1,n2"} <= set(lines)


def test_a_service_node_that_is_away_fails_its_nodes_and_gets_later_what_it_has_missed(cluster: Cluster) -> None:
    typed(cluster.mn, f"nodeset n1,n3 osimage={IMAGE}")
    cluster.sn.stop()
    until(lambda: "link sn1: up" not in cluster.mn.run("lsdaemons").stdout, "the end of the link")
    done = cluster.mn.run("nodeset", "n1,n3", "boot")
    assert (done.returncode, done.stdout) == (1, "n3: boot\n")
    assert "n1: [mn1]: Error: none of its service nodes could be told\n" in done.stderr
    assert cluster.state("n1") == "netboot rocky9.4-x86_64-compute"
    assert boots(cluster.sn, "n3") != FROM_DISK == boots(cluster.mn, "n3")
    assert '"sn1","n3"' in typed(cluster.mn, "tabdump bootmissed")
    cluster.sn.start(wait=False)
    until(lambda: boots(cluster.sn, "n3") == FROM_DISK, "the boot file that it has missed")
    until(lambda: "sn1" not in cluster.mn.run("tabdump", "bootmissed").stdout, "the end of its row")
