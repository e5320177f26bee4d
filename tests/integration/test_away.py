"""A service node while its management node is away: it starts, it serves its nodes, it says how old its tables are, and when
the management node is back it gets only what it missed. Whenever it is killed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, OnCluster, build
from tests.simulators.bmcs import Bmc, Rack, bmcs

NOTICE = re.compile(
    r"^Warning: \[sn1\]: The management node cannot be reached since \d\d:\d\d:\d\d \(.*\): what is shown is how it was then$",
    re.M,
)


@dataclass(frozen=True)
class Lab(OnCluster):
    """mn1 and sn1, with the node cn1 and its BMC, and enough other nodes for a large table."""

    @property
    def copy(self) -> Path:
        return self.sn1.root / "etc/xcat/replica/tables.copy"

    def groups(self, daemon: Daemon) -> str:
        return daemon.run("nodels", "cn1", "nodelist.groups").stdout.strip()

    def copied(self, text: str) -> None:
        """Wait until the copy on disk has this text: nothing else says so while the daemon runs."""
        files = (self.copy, self.copy.with_suffix(".journal"))
        until(lambda: any(text.encode() in each.read_bytes() for each in files if each.exists()), f"{text} in the copy")

    def arrived(self, groups: str) -> None:
        """Wait until the service node shows these groups of cn1."""
        until(lambda: self.groups(self.sn1) == f"cn1: {groups}", f"cn1 in {groups}")

    def noticed(self) -> None:
        """Wait until the service node says that its tables may be old: the first seconds are not worth a word."""
        until(lambda: bool(self.sn1.run("nodels", "cn1").stderr), "the notice")


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    rack = Rack(1, f"{network()}.17.1")
    with bmcs(rack, tmp_path_factory.mktemp("bmcs")) as simulated:
        yield simulated[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, bmc: Bmc) -> Iterator[Lab]:
    made = Lab(build(tmp_path_factory.mktemp("lab"), ("sn1",)))
    try:
        made.mn.start()
        typed(
            made.mn,
            "nodeadd sn1 groups=service noderes.servicenode=mn1",
            "nodeadd n[1-300] groups=many",
            "chtab key=ipmi passwd.username=admin passwd.password=secret",
            f"nodeadd cn1 groups=compute nodehm.mgt=ipmi ipmi.bmc={bmc.host}:{bmc.port} noderes.servicenode=sn1",
        )
        yield made
    finally:
        made.cluster.stop()


@pytest.fixture
def lab(cluster: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The cluster, running, with cn1 in the groups that it had at first, which is saved, whatever the test before did."""
    for daemon in cluster.cluster.all:
        if daemon.process is None:
            daemon.start()
    cluster.cluster.linked()
    typed(cluster.mn, f"nodech cn1 nodelist.groups=compute nodelist.comments={request.node.name}")
    cluster.arrived("compute")
    cluster.copied(request.node.name)
    yield cluster
    for daemon in cluster.cluster.all:
        assert "fault" not in daemon.log()


def test_a_service_node_starts_and_serves_while_its_management_node_is_away(lab: Lab) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        lab.mn.stop()
        lab.sn1.stop(number)
        lab.sn1.start()

        served = lab.sn1.run("nodels", "cn1", "nodelist.groups", "ipmi.bmc")
        assert (served.returncode, served.stdout.splitlines()[0]) == (0, "cn1: nodelist.groups: compute"), served.stderr
        lab.noticed()
        listed = lab.sn1.run("nodels", "cn1", "nodelist.groups", "ipmi.bmc")
        powered = lab.sn1.run("rpower", "cn1", "stat")

        assert (listed.returncode, powered.returncode) == (0, 0), (listed.stderr, powered.stderr)
        assert "cn1: nodelist.groups: compute\n" in listed.stdout
        assert powered.stdout in ("cn1: on\n", "cn1: off\n")
        for done in (listed, powered):
            assert NOTICE.search(done.stderr), done.stderr
            assert "port" in done.stderr, "the reason is said"

        lab.mn.start()
        lab.cluster.linked()
        until(lambda: lab.sn1.run("nodels", "cn1").stderr == "", "the end of the notice")
        assert lab.sn1.run("rpower", "cn1", "stat").stderr == ""


def test_the_notice_says_since_when_the_copy_is_old(lab: Lab) -> None:
    before = lab.sn1.run("nodels", "cn1")
    assert before.stderr == ""
    lab.mn.stop()
    lab.noticed()
    first, again = (NOTICE.search(lab.sn1.run("nodels", "cn1").stderr) for _ in range(2))
    assert first is not None
    assert again is not None
    since = r"since (\S+)"
    assert re.findall(since, first[0]) == re.findall(since, again[0]), "it is the moment of the loss, not now"
    lab.sn1.stop()
    lab.sn1.start()
    lab.noticed()
    third = NOTICE.search(lab.sn1.run("nodels", "cn1").stderr)
    assert third is not None
    assert re.findall(since, third[0]) == re.findall(since, first[0])


def test_what_was_changed_meanwhile_arrives_when_both_are_back(lab: Lab) -> None:
    lab.sn1.stop()
    typed(lab.mn, "nodech cn1 groups=compute,new", "noderm n7", "nodeadd n900 groups=many")
    lab.mn.stop()
    lab.sn1.start()
    assert lab.groups(lab.sn1) == "cn1: compute"
    lab.mn.start()
    lab.arrived("compute,new")
    assert lab.sn1.run("nodels").stdout == lab.mn.run("nodels").stdout
    assert lab.sn1.run("nodels", "cn1").stderr == ""


def test_a_service_node_that_is_killed_while_it_saves_starts_with_what_it_saved(lab: Lab) -> None:
    for number in range(6):
        typed(lab.mn, f"nodech cn1 groups=compute,g{number}", "nodech many nodelist.comments=" + f"c{number}" * 50)
        lab.arrived(f"compute,g{number}")
        if number % 2:
            lab.copied(f"g{number}")
        lab.sn1.stop(signal.SIGKILL)
        lab.mn.stop()
        lab.sn1.start()
        shown = lab.groups(lab.sn1)
        assert shown in {f"cn1: compute,g{each}" for each in range(number + 1)} | {"cn1: compute"}
        if number % 2:
            assert shown == f"cn1: compute,g{number}", "what was saved is there"
        lab.mn.start()
        lab.arrived(f"compute,g{number}")
    assert lab.sn1.run("nodels", "many", "nodelist.comments").stdout == (
        lab.mn.run("nodels", "many", "nodelist.comments").stdout
    )


def test_a_damaged_copy_is_left_and_the_tables_come_over_the_link(lab: Lab) -> None:
    lab.sn1.stop()
    damaged = lab.copy.read_bytes()[:-1] + b"\0"
    lab.copy.write_bytes(damaged)
    lab.mn.stop()
    lab.sn1.start()
    refused = lab.sn1.run("nodels", "cn1")
    assert refused.returncode == 1
    assert "tables have not arrived from the management node yet" in refused.stderr
    assert "its checksum is wrong" in lab.sn1.log()
    assert lab.copy.read_bytes() == damaged
    lab.mn.start()
    lab.arrived("compute")
    lab.sn1.stop()
    assert lab.copy.with_suffix(".damaged").read_bytes() == damaged
    lab.mn.stop()
    lab.sn1.start()
    assert lab.groups(lab.sn1) == "cn1: compute"


def test_the_copy_is_for_root_only_and_its_secrets_are_nowhere_else(lab: Lab) -> None:
    lab.copied("secret")
    assert {oct(each.stat().st_mode & 0o777) for each in lab.copy.parent.iterdir()} == {"0o600"}
    assert lab.copy.parent.stat().st_mode & 0o777 == 0o700
    assert '"secret"' not in lab.sn1.log()


def test_a_write_from_below_survives_a_restart_of_the_management_node(lab: Lab) -> None:
    """The audit log of the service node is written above: every command once, though the daemon above is killed."""
    for number in range(12):
        assert lab.sn1.run("rpower", ASKED, "stat").returncode == 0
        if number % 4 == 1:
            lab.mn.stop(signal.SIGKILL)
            lab.mn.start()
    until(lambda: rows(lab) >= 12, "the audit log")
    assert rows(lab) == 12


ASKED = "cn1,-n1"
"""No other test asks in these words: rows of theirs may still be on their way."""


def rows(lab: Lab) -> int:
    """The commands in the audit log."""
    text = lab.mn.run("tabdump", "auditlog").stdout
    return sum('"rpower"' in line and f'"{ASKED}"' in line for line in text.splitlines())
