"""nodeset arms the nodes that it installs: each asks for its token at the port for nodes, and has its certificate once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon, running
from tests.helpers.media import lay
from tests.helpers.nodeclient import await_port, opened, say
from tests.helpers.scripts import copied
from tests.helpers.signer import signing

IMAGE = "rocky9.4-x86_64-netboot-compute"
HERE = "127.0.0.1"
"""From where this host speaks to its own daemons: the address of the node that is installed."""


def prepared(mn: Daemon) -> None:
    """A node, and an image for it."""
    folder = "/install/netboot/rocky9.4/x86_64/compute"
    names = ("kernel", "initrd-stateless.gz", "rootimg.sfs")
    lay(mn.root / folder.lstrip("/"), dict.fromkeys(names, "x"))
    typed(
        mn,
        "chtab key=installdir site.value=/install",
        "chtab key=tftpdir site.value=/tftpboot",
        f"nodeadd n1 groups=all noderes.netboot=xnba noderes.xcatmaster={HERE} hosts.ip={HERE} mac.mac=02:00:00:00:00:01",
        f"mkdef -t osimage {IMAGE} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute "
        f"imagetype=linux osname=Linux rootimgdir={folder}",
    )


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("armed")) as daemon, signing(daemon.root):
        prepared(daemon)
        yield daemon


@pytest.fixture(scope="module")
def port(mn: Daemon) -> int:
    return opened(mn)


class Node:
    """What runs on the node: the scripts that it has fetched, and its folder of credentials."""

    def __init__(self, folder: Path, daemon: Daemon, port: int) -> None:
        self.own = folder / "own"
        self._scripts = copied(folder)
        authority = (daemon.root / "etc/xcat/cert/ca.pem").read_text()
        lay(self._scripts, {"_xcat/ca.pem": authority})
        self._env = {"MASTER": daemon.address, "XCATDPORT": str(daemon.port), "XCATIPORT": str(port)}
        self._env |= {"XCAT_CREDENTIALS": str(self.own), "XCAT_SSH": str(folder / "ssh"), "PATH": os.environ["PATH"]}

    def run(self, script: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, self._scripts / script, *words],
            input=stdin, capture_output=True, text=True, env=self._env, timeout=120,
        )  # fmt: skip


def own_mac() -> str:
    """Of an interface of this host, which plays the node."""
    addresses = (path.read_text().strip() for path in sorted(Path("/sys/class/net").glob("*/address")))
    return next(address for address in addresses if address.strip("0:"))


def test_a_node_that_is_armed_gets_its_certificate_once(mn: Daemon, port: int, tmp_path: Path) -> None:
    node = Node(tmp_path, mn, port)
    refused = node.run("tellserver", "token")
    assert refused.returncode == 1 and "n1 has no token to get; on the management node: nodeset n1" in refused.stderr
    script = node.run("tellserver", "getpostscript")
    assert (script.returncode, script.stdout.splitlines()[-1]) == (0, "#END OF SCRIPT"), script.stderr
    typed(mn, f"nodech n1 mac.mac={own_mac()}", f"nodeset n1 osimage={IMAGE}")
    assert typed(mn, "nodetoken n1 --list").startswith("n1: node until ")
    said = say(mn.address, port, HERE, "token")
    assert said[1] == "refused: who asks for the token of n1 must be its root: ask from a port below 1024"
    lost, token = (node.run("tellserver", "token").stdout.strip() for _ in range(2))
    assert lost and token and lost != token
    wrong = node.run("renewcert", "--first", "n1", stdin=lost)
    assert wrong.returncode == 1 and "n1 gets no certificate" in wrong.stderr
    done = node.run("renewcert", "--first", "n1", stdin=token)
    assert (done.returncode, done.stdout) == (0, "renewcert: n1 has its certificate\n"), done.stderr
    assert (node.own / "client-cred.pem").stat().st_mode & 0o777 == 0o600
    assert node.run("tellserver", "installstatus", "booted").returncode == 0
    until(lambda: typed(mn, "nodels n1 nodelist.status") == "n1: booted\n", "the status")
    again = node.run("tellserver", "token")
    assert again.returncode == 1 and "n1 has no token to get" in again.stderr
    assert typed(mn, "nodetoken n1 --list") == ""
    assert "it is not armed, or has had its certificate" in mn.log()
    for secret in (lost, token):
        assert secret not in mn.log() + mn.errors() + typed(mn, "tabdump auditlog")


def test_another_machine_than_the_one_of_the_tables_gets_none(mn: Daemon, port: int, tmp_path: Path) -> None:
    typed(mn, "nodech n1 mac.mac=02:00:00:00:00:01", f"nodeset n1 osimage={IMAGE}")
    node = Node(tmp_path, mn, port)
    done = node.run("renewcert", "--first", "n1", stdin=node.run("tellserver", "token").stdout)
    assert done.returncode == 1 and "n1 gets no certificate" in done.stderr
    assert "none of the MAC addresses is one of n1" in mn.log()


def test_it_can_be_taken_back_and_left_out(mn: Daemon) -> None:
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    typed(mn, "nodetoken n1 --disarm")
    assert typed(mn, "nodetoken n1 --list") == ""
    typed(mn, "chtab key=tokenminutes site.value=0", f"nodeset n1 osimage={IMAGE}")
    assert typed(mn, "nodetoken n1 --list") == ""
    typed(mn, "chtab key=tokenminutes site.value=", f"nodeset n1 osimage={IMAGE}", "nodeset n1 boot")
    assert typed(mn, "nodetoken n1 --list").startswith("n1: node until ")


def test_a_service_node_may_also_ask_for_its_own(mn: Daemon, port: int, tmp_path: Path) -> None:
    node = Node(tmp_path, mn, port)
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    assert node.run("tellserver", "token", "service").returncode == 1
    typed(mn, "chtab node=n1 servicenode.tftpserver=1", f"nodeset n1 osimage={IMAGE}")
    assert [line.split()[1] for line in typed(mn, "nodetoken n1 --list").splitlines()] == ["node", "sn"]
    assert len(node.run("tellserver", "token", "service").stdout.strip()) == len("gq3dmojthe2tgntdmuzdqzbrgm4tomzq")
    typed(mn, "chtab -d node=n1 servicenode")


def test_a_node_asks_its_own_service_node(tmp_path: Path) -> None:
    with running(tmp_path, ("sn1",)) as cluster, signing(cluster.management.root):
        mn, sn1 = cluster.management, cluster.services[0]
        prepared(mn)
        typed(mn, f"nodech n1 noderes.servicenode=sn1 mac.mac={own_mac()}")
        port = opened(mn)
        await_port(sn1, port)
        typed(mn, f"nodeset n1 osimage={IMAGE}")
        node = Node(tmp_path, sn1, port)
        done = node.run("renewcert", "--first", "n1", stdin=node.run("tellserver", "token").stdout)
        assert done.returncode == 0, done.stderr
        assert node.run("tellserver", "token").returncode == 1
