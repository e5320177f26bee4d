"""servicenode.nameserver with real daemons and the real named: on the management node, and on a service node between it and a
machine that asks."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.servicehosts import MN, SN, ServiceHosts, service_hosts
from tests.simulators.named import NameServer, has_ended, named

GATE = "10.5.0.1"
"""The service node's address on the side of the machines."""
TABLES = (
    f"chtab key=master site.value={MN}",
    f"chtab key=nameservers site.value={MN}",
    "chtab key=domain site.value=cluster.net",
    "chtab net=10.7.0.0,mask=255.255.0.0 networks.netname=main",
    "chtab net=10.5.0.0,mask=255.255.0.0 networks.netname=rack networks.nameservers='<xcatmaster>'",
    "chtab net=fd05::/64,mask=/64 networks.netname=six",
    f"nodeadd mn1 groups=management hosts.ip={MN}",
    f"nodeadd sn1 groups=service hosts.ip={SN} hosts.otherinterfaces=-rack:{GATE}",
    "nodeadd n1 groups=compute hosts.ip=10.5.0.7",
)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceHosts]:
    """The service node has a named.conf of the site's."""
    with service_hosts(tmp_path_factory.mktemp("dns")) as made:
        (made.mn.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{MN} mn1\n{SN} sn1\n")
        typed(made.mn, *TABLES)
        conf(made).parent.mkdir(parents=True)
        conf(made).write_text("// mine\n")
        yield made


def conf(hosts: ServiceHosts) -> Path:
    return hosts.sn.root / "etc/bind/named.conf"


def asked(hosts: ServiceHosts, name: str, *words: str) -> Sequence[str]:
    """What the machine is answered that asks the service node."""
    return NameServer(GATE, 53, hosts.sn.root, hosts.client.before).dig("+short", name, *words)


def answers(hosts: ServiceHosts, name: str, *content: str) -> bool:
    return list(asked(hosts, name)) == list(content)


def process(hosts: ServiceHosts) -> int:
    """The process number of the service node's named; 0 while it starts."""
    with contextlib.suppress(FileNotFoundError):
        return int((hosts.sn.root / "run/named/named.pid").read_text() or 0)
    return 0


def end_named(hosts: ServiceHosts, root: Path) -> None:
    """Kill a named in a way that it cannot notice; its port is free then."""
    number = int((root / "run/named/named.pid").read_text())
    os.kill(number, signal.SIGKILL)
    until(lambda: has_ended(number), "its end")


def test_a_management_node_needs_makedns_first(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=mn1 servicenode.nameserver=1")
    line = hosts.becomes("nameserver", "failed", "mn1")
    assert f"{hosts.mn.root}/etc/bind/named.conf is not made by makedns: run `makedns -n` first" in line
    typed(hosts.mn, "makedns -n")
    hosts.becomes("nameserver", "running", "mn1")
    until(lambda: "run `makedns -n` first" not in hosts.status("nameserver", "mn1"), "the next try")


def test_a_forwarder_asks_the_management_node(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.nameserver=1")
    hosts.becomes("nameserver", "running")
    assert asked(hosts, "n1.cluster.net") == ["10.5.0.7"]
    assert asked(hosts, "-x", "10.5.0.7") == ["n1.cluster.net."]
    six = NameServer("fd05::1", 53, hosts.sn.root, hosts.client.before)
    assert six.short("n1.cluster.net") == ["10.5.0.7"]
    assert conf(hosts).with_name("named.conf.xcatbak").read_text() == "// mine\n"
    assert typed(hosts.mn, "makeservices sn1 --service nameserver") == ""


def test_only_the_cluster_is_answered(hosts: ServiceHosts) -> None:
    hosts.there.ip("addr", "add", "10.66.0.1/16", "dev", "rack0")
    hosts.client.ip("addr", "add", "10.66.0.9/16", "dev", "rack0")
    done = hosts.in_client("dig", "-b", "10.66.0.9", "@10.66.0.1", "n1.cluster.net")
    hosts.there.ip("addr", "del", "10.66.0.1/16", "dev", "rack0")
    hosts.client.ip("addr", "del", "10.66.0.9/16", "dev", "rack0")
    assert "status: REFUSED" in done.stdout


def test_a_new_node_is_known_without_a_command(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodeadd x1 groups=compute hosts.ip=10.5.1.1")
    above = NameServer(MN, 53, hosts.mn.root, hosts.there.before)
    until(lambda: above.short("x1.cluster.net") == ["10.5.1.1"], "its name")
    assert answers(hosts, "x1.cluster.net", "10.5.1.1")
    typed(hosts.mn, "noderm x1")
    hosts.becomes("nameserver", "running", "mn1")
    assert answers(hosts, "x1.cluster.net", "10.5.1.1")  # names go by makedns -d


def test_a_dry_run_shows_what_a_secondary_would_read(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.nameserver=0")
    hosts.becomes("nameserver", "left alone")
    before = conf(hosts).read_text(), process(hosts)
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")
    typed(hosts.mn, "chtab node=mn1 servicenode.nameserver=0")
    hosts.becomes("nameserver", "left alone", "mn1")
    assert (conf(hosts).read_text(), process(hosts)) == before


def test_a_secondary_has_what_it_is_given(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.nameserver=2")
    line = hosts.becomes("nameserver", "failed")
    assert f"The name server at {MN} does not give the zone cluster.net to this host: run `makedns` there" in line
    typed(hosts.mn, "makedns")
    hosts.becomes("nameserver", "running")
    assert asked(hosts, "n1.cluster.net") == ["10.5.0.7"]
    assert "aa" in hosts.in_client("dig", f"@{GATE}", "n1.cluster.net").stdout.partition("flags:")[2].partition(";")[0]
    assert "Transfer failed" in hosts.in_client("dig", f"@{GATE}", "cluster.net", "AXFR").stdout


def test_changes_arrive_as_they_are_made(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodeadd x2 groups=compute hosts.ip=10.5.1.2", "makedns x2")
    until(partial(answers, hosts, "x2.cluster.net", "10.5.1.2"), "the change in the copy")
    typed(hosts.mn, "chtab node=mn1 servicenode.nameserver=yes", "nodech x2 hosts.ip=10.5.1.3")
    until(partial(answers, hosts, "x2.cluster.net", "10.5.1.3"), "the next one")
    until(lambda: asked(hosts, "-x", "10.5.1.2") == [], "the end of its old reverse name")


def test_a_network_that_comes_is_a_zone_on_both(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodeadd x3 groups=compute hosts.ip=10.8.0.3")
    typed(hosts.mn, "chtab net=10.8.0.0,mask=255.255.0.0 networks.netname=later")
    until(lambda: asked(hosts, "-x", "10.8.0.3") == ["x3.cluster.net."], "the name in the new zone")
    hosts.becomes("nameserver", "running")


def test_a_name_that_is_left_out_is_told(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "nodeadd x9 groups=compute hosts.ip=192.0.2.9")
    until(
        lambda: "nameserver: Ignoring host x9, it does not belong to any nets" in hosts.status("nameserver", "mn1"),
        "it",
    )
    typed(hosts.mn, "noderm x9")


def test_a_file_of_the_site_that_is_no_good_changes_nothing(hosts: ServiceHosts, tmp_path: Path) -> None:
    bad = tmp_path / "more.conf"
    bad.write_text("nonsense;\n")
    before = conf(hosts).read_text()
    typed(hosts.mn, f"chtab key=namedincludes site.value={bad}")
    for host in ("mn1", "sn1"):
        line = hosts.becomes("nameserver", "failed", host)
        assert (
            f"named would not take its new configuration, so the old one stays: {bad}:1: unknown option 'nonsense'"
            in line
        )
    assert conf(hosts).read_text() == before
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")
    typed(hosts.mn, "tabch -d key=namedincludes site")
    for host in ("mn1", "sn1"):
        hosts.becomes("nameserver", "running", host)


def test_one_that_dies_is_started_again(hosts: ServiceHosts) -> None:
    before = process(hosts)
    end_named(hosts, hosts.sn.root)
    until(lambda: process(hosts) not in (0, before), "another process")
    hosts.becomes("nameserver", "running")
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")


def test_it_outlives_the_daemon(hosts: ServiceHosts) -> None:
    before = process(hosts)
    hosts.sn.stop()
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")
    hosts.sn.start(wait=False)
    until(lambda: hosts.sn.run("nodels").returncode == 0, "its tables")
    hosts.becomes("nameserver", "running")
    assert process(hosts) == before


def test_without_the_management_node_copies_go_on(hosts: ServiceHosts) -> None:
    typed(hosts.mn, "chtab node=mn1 servicenode.nameserver=0")
    hosts.becomes("nameserver", "left alone", "mn1")
    end_named(hosts, hosts.mn.root)
    done = hosts.mn.run("makeservices", "sn1", "--service", "nameserver")
    assert done.returncode == 1
    assert f"No name server answers at {MN} port 53 (connection refused)" in done.stderr
    assert "meanwhile the copies of its zones answer as they are" in done.stderr
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")
    typed(hosts.mn, "makedns")
    assert typed(hosts.mn, "makeservices sn1 --service nameserver") == ""


def test_a_port_that_somebody_else_has_is_told(hosts: ServiceHosts, tmp_path: Path) -> None:
    typed(hosts.mn, "chtab node=sn1 servicenode.nameserver=0")
    hosts.becomes("nameserver", "left alone")
    end_named(hosts, hosts.sn.root)
    with named(tmp_path / "other", {"other.net": ""}, before=hosts.there.before):
        typed(hosts.mn, "chtab node=sn1 servicenode.nameserver=1")
        line = hosts.becomes("nameserver", "failed")
        assert "named cannot have port 53 at 127.0.0.1: stop the program that has it" in line
    hosts.becomes("nameserver", "running")
    assert answers(hosts, "n1.cluster.net", "10.5.0.7")
