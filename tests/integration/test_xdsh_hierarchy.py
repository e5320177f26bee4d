"""`xdsh` through service nodes, which come in with their own keys; and a client of xCAT 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Cluster, OnCluster, running
from tests.helpers.sshnodes import PASSWORD, Sshd, acquaint, key_for_root, sshd
from tests.helpers.xmlclient import ask

NET = network()


@dataclass(frozen=True)
class Site(OnCluster):
    """n1, n2 belong to sn1 and n3 to sn2, which come in at `below`; m1 to the management node, which comes in at `own`."""

    own: Sshd
    below: Sshd

    def xdsh(self, *words: str, **env: Any) -> tuple[int, str, str]:
        done = self.mn.run("xdsh", *words, **env)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("below")
    with running(folder) as cluster, sshd(folder / "own") as own, sshd(folder / "below") as below:
        site = Site(cluster, own, below)
        key_for_root(site.mn, own)
        for service in (site.sn1, site.sn2):
            key_for_root(service)
        keys = [(each.root / "root/.ssh/id_ed25519.pub").read_text() for each in (site.sn1, site.sn2)]
        below.authorized.write_text("".join(keys))
        typed(
            site.mn,
            f"nodeadd n[1-3] groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|' noderes.servicenode=sn1",
            "chdef n3 servicenode=sn2",
            f"nodeadd m1 groups=all hosts.ip={NET}.2.1",
        )
        _keys_and_ports(cluster, own, below)
        until(lambda: "n3" in site.sn2.run("nodels").stdout, "the tables on sn2")
        typed(site.mn, "makeknownhosts all")
        yield site


def _keys_and_ports(cluster: Cluster, own: Sshd, below: Sshd) -> None:
    for daemon in cluster.all:
        acquaint(daemon, {"m1": own.port, "*": below.port}, ed25519=own if daemon is cluster.management else below)


def test_each_node_is_reached_from_its_service_node(site: Site) -> None:
    status, out, err = site.xdsh("all", "--ordered", "echo $HOME >&2; echo here")
    assert (status, out) == (0, "m1: here\nn1: here\nn2: here\nn3: here\n")
    assert sorted(err.splitlines()) == [
        f"[mn1]: m1: {site.own.home}",
        *(f"[{sn}]: {node}: {site.below.home}" for sn, node in (("sn1", "n1"), ("sn1", "n2"), ("sn2", "n3"))),
    ]


def test_the_status_is_the_number_of_failed_nodes_of_each_daemon_or_ed(site: Site) -> None:
    assert site.xdsh("n1,n2,n3", "exit 5")[0] == 2 | 1
    status, out, _ = site.xdsh("all", "--json", "-z", "exit 5")
    assert (status, out.count('"failed"')) == (2 | 1, 4)


def test_a_script_and_a_password_reach_service_nodes(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho script $1\n")
    assert site.xdsh("all", "--ordered", "-e", str(script), "x") == (
        0,
        "m1: script x\nn1: script x\nn2: script x\nn3: script x\n",
        "",
    )
    before = site.below.authorized.read_text()
    site.below.authorized.write_text("")
    status, out, err = site.xdsh("n1,n3", "-K", "--ordered", DSH_REMOTE_PASSWORD=PASSWORD)
    assert (status, out, err) == (0, "n1: 1 ssh keys added for root\nn3: 1 ssh keys added for root\n", "")
    assert sorted(site.below.authorized.read_text().splitlines()) == sorted(before.splitlines())


def test_known_hosts_of_service_nodes_are_written_and_taken_away(site: Site) -> None:
    known = [each.root / "root/.ssh/known_hosts" for each in site.cluster.all]
    assert all(f"n2,{NET}.1.2 ssh-ed25519 " in each.read_text() for each in known)
    assert site.mn.run("makeknownhosts", "n2", "-r").returncode == 0
    assert not any("n2," in each.read_text() for each in known)
    assert "run makeknownhosts n2" in site.xdsh("n2", "true")[2]
    typed(site.mn, "makeknownhosts n2")
    assert site.xdsh("n2", "true") == (0, "", "")


async def test_an_old_client_names_a_script_of_the_management_node(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho from a file; exit 3\n")
    answer = await _xml(site, "m1", "-z", "-e", "script", cwd=tmp_path)
    assert "<data>m1: from a file</data>" in answer
    assert "<data>m1: Remote_command_rc = 3</data>" in answer
    assert "<errorcode>1</errorcode>" in answer
    answer = await _xml(site, "n1", "-e", "script", cwd=tmp_path)
    assert "script does not reach nodes behind service nodes from an old client" in answer


async def test_an_old_client_gets_standard_error_as_xcat_sends_it(site: Site) -> None:
    answer = await _xml(site, "m1", "-t", "30", "ls -d /; echo odd >&2")
    assert "<NoErrorPrefix>1</NoErrorPrefix>\n  <error>m1: odd</error>\n" in answer


async def test_an_old_client_with_more_options_and_variables(site: Site) -> None:
    answer = await _xml(site, "n1", "-m", "--nodestatus", "echo $NODE; exit 3", env=("DSH_FANOUT=1", "DSH_TIMEOUT=60"))
    assert "<data>n1: n1</data>" in answer
    assert "<data>n1: Remote_command_failed, error_code=3</data>" in answer
    assert "<data>dsh&gt;  Remote_command_failed n1</data>" in answer
    answer = await _xml(site, "m1", "-X", "DSH_TIMEOUT", "-z", "true", env=("DSH_FANOUT=x", "DSH_VERIFY=1"))
    assert "<data>m1: Remote_command_rc = 0</data>" in answer
    answer = await _xml(site, "m1", "true", env=("DSH_NODE_RSH=/opt/rsh",))
    assert "the variable DSH_NODE_RSH names /opt/rsh" in answer
    answer = await _xml(site, "", "-i", "/install/netboot/a/b/c/rootimg", "true")
    assert "xdsh: a noderange is missing" in answer


async def _xml(site: Site, noderange: str, *words: str, cwd: Path = Path("/"), env: tuple[str, ...] = ()) -> str:
    variables = "".join(f"<env>{each}</env>" for each in ("DSH_FROM_USERID=root", "DSH_TO_USERID=root", *env))
    arguments = "".join(f"<arg>{escape(word)}</arg>" for word in words)
    request = (
        f"<xcatrequest><command>xdsh</command>{arguments}<clienttype>cli</clienttype><cwd>{cwd}</cwd>"
        f"<noderange>{noderange}</noderange>{variables}</xcatrequest>\n"
    )
    answer = await ask(site.mn.address, site.mn.port, request.encode(), site.mn.credentials)
    return answer.decode()
