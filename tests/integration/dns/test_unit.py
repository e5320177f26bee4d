"""servicenode.nameserver on a host with systemd, whose named has its own account and unit."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import CLIENT
from tests.helpers.container import Container, Wishes, container
from tests.helpers.containernode import ABOVE, BELOW, PROGRAM, ServiceNode, service_node, with_program
from tests.helpers.namespaces import namespaces
from tests.simulators.named import NameServer, stop_named

TABLES = (
    f"chtab key=master site.value={ABOVE}",
    f"chtab key=nameservers site.value={ABOVE}",
    "chtab key=domain site.value=cluster.net",
    "chtab net=10.7.0.0,mask=255.255.0.0 networks.netname=main",
    "chtab node=sn1 servicenode.nameserver=2",
    "nodeadd n1 groups=compute hosts.ip=10.7.0.7",
)
CONF = "/etc/bind/named.conf"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    """The management node's name server runs; the service node's daemon does not yet."""
    with service_node(tmp_path_factory.mktemp("node"), *TABLES, start=False) as pair:
        (pair.mn.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{ABOVE} mn1\n{BELOW} sn1\n10.7.0.7 n1\n")
        try:
            typed(pair.mn, "makedns -n")
            yield pair
        finally:
            stop_named(pair.mn.root / "run/named/named.pid")


def asked(pair: ServiceNode, name: str) -> Sequence[str]:
    return NameServer(BELOW, 53, pair.mn.root, pair.mn.before).short(name)


def told(pair: ServiceNode) -> str:
    """What the management node is told of the service."""
    done = pair.mn.run("xcatstatus", "sn1")
    return done.stdout + done.stderr


def becomes(pair: ServiceNode, word: str) -> None:
    try:
        until(lambda: word in told(pair), word)
    except AssertionError as error:
        error.add_note(told(pair) + pair.sn.journal("named"))
        raise


def test_it_comes_up_with_the_daemon_and_with_the_host(pair: ServiceNode) -> None:
    old = pair.sn.path(CONF).read_text()
    assert pair.sn.state("named") == "inactive"
    pair.sn.done("systemctl", "start", "xcatd")
    pair.await_link()
    becomes(pair, "running")
    assert pair.sn.state("named") == "active"
    assert pair.sn.done("systemctl", "is-enabled", "named") == "enabled\n"
    assert asked(pair, "n1.cluster.net") == ["10.7.0.7"]
    assert pair.sn.path(f"{CONF}.xcatbak").read_text() == old
    until(lambda: pair.sn.path("/var/lib/bind/db.cluster.net").exists(), "the copy on the disk")
    assert pair.sn.done("stat", "--format=%U", "/var/lib/bind/db.cluster.net") == "bind\n"


def test_nothing_is_left_to_do(pair: ServiceNode) -> None:
    process = pair.sn.process("named")
    assert typed(pair.mn, "makeservices sn1 --service nameserver") == ""
    assert pair.sn.process("named") == process


def test_a_change_is_read_by_the_same_process(pair: ServiceNode) -> None:
    process = pair.sn.process("named")
    typed(pair.mn, "chtab node=sn1 servicenode.nameserver=1")
    until(lambda: "forward only;" in pair.sn.path(CONF).read_text(), "the other configuration")
    becomes(pair, "on     running")
    assert asked(pair, "n1.cluster.net") == ["10.7.0.7"]
    assert pair.sn.process("named") == process


def test_one_that_is_killed_is_started_again(pair: ServiceNode) -> None:
    process = pair.sn.process("named")
    pair.sn.done("kill", "-9", str(process))
    until(lambda: pair.sn.process("named") not in (0, process), "another process")
    becomes(pair, "running")
    assert asked(pair, "n1.cluster.net") == ["10.7.0.7"]


def test_it_outlives_the_daemon(pair: ServiceNode) -> None:
    process = pair.sn.process("named")
    pair.sn.done("systemctl", "restart", "xcatd")
    pair.await_link()
    becomes(pair, "running")
    pair.sn.done("systemctl", "stop", "xcatd")
    assert pair.sn.process("named") == process
    assert asked(pair, "n1.cluster.net") == ["10.7.0.7"]


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A management node whose daemon and name server are units."""
    with namespaces("unit") as (space,):
        space.bridge("up0", f"{ABOVE}/16")
        with container(tmp_path_factory.mktemp("mn"), space, "mn1", with_program(Wishes())) as mn:
            mn.done(PROGRAM, "init", "--name", "mn1", "--address", ABOVE)
            mn.done("systemctl", "start", "xcatd")
            until(lambda: run_in(mn, "nodels").returncode == 0, "the daemon")
            for line in (*TABLES, f"nodeadd mn1 groups=management hosts.ip={ABOVE}"):
                typed_in(mn, line)
            yield mn


def run_in(host: Container, line: str) -> subprocess.CompletedProcess[str]:
    """Type a command there."""
    return host.run(sys.executable, "-I", "-S", "-c", CLIENT, *shlex.split(line))


def typed_in(host: Container, line: str) -> str:
    """What a command prints there that must succeed."""
    done = run_in(host, line)
    assert (done.returncode, done.stderr) == (0, ""), f"{line}: {done.stderr}{host.journal('named')}"
    return done.stdout


def test_makedns_starts_the_unit_of_a_management_node(master: Container) -> None:
    typed_in(master, "makedns -n")
    assert master.state("named") == "active"
    process = master.process("named")
    typed_in(master, "makedns n1")
    typed_in(master, "chtab net=10.9.0.0,mask=255.255.0.0 networks.netname=later")
    assert "Restarting named" in typed_in(master, "makedns")
    assert master.process("named") == process
    assert master.done("stat", "--format=%U %G %a", f"{CONF}.key") == "root bind 640\n"
    here = NameServer(ABOVE, 53, master.path("/"), master.space.before)
    assert here.short("n1.cluster.net") == ["10.7.0.7"]


def test_a_kept_one_gets_names_by_itself(master: Container) -> None:
    typed_in(master, "chtab node=mn1 servicenode.nameserver=1")
    until(lambda: "nameserver    on     running" in run_in(master, "xcatstatus mn1").stdout, "the service")
    assert master.done("systemctl", "is-enabled", "named") == "enabled\n"
    typed_in(master, "nodeadd n2 groups=compute hosts.ip=10.7.0.8")
    here = NameServer(ABOVE, 53, master.path("/"), master.space.before)
    until(lambda: here.short("n2.cluster.net") == ["10.7.0.8"], "its name")
