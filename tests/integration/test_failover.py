"""What a caller sees when a daemon, or the network between two, fails: nobody waits long, nothing is done twice, and every
node gets one verdict.

Between the management node and each service node is a proxy that stalls and cuts.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Cluster, Daemon, OnCluster, free_port, join, made
from tests.helpers.proxy import Proxy, Way
from tests.helpers.stage import Bench, Typed, give_plugin, journal, place
from tests.simulators.bmcs import Bmc, Rack, bmcs
from tests.simulators.responder import Responder

POOLS = {"a1": "sn1,sn2", "a2": "sn1,sn2", "b1": "sn2,sn1", "x1": "sn1", "h1": "sn1,mn1"}
"""Nodes with a BMC that works, and each one's servicenode."""


@dataclass(frozen=True)
class Lab(OnCluster):
    """mn1, sn1 and sn2, with a proxy in front of mn1 for each service node."""

    proxies: dict[str, Proxy]
    rack: dict[str, Bmc]
    bench: Bench

    @property
    def wire1(self) -> Proxy:
        """The network to sn1."""
        return self.proxies["sn1"]

    def source(self, node: str) -> str:
        """Which daemon serves a node now; "" when none does."""
        done = self.mn.run("rpower", node, "stat", XCATSHOWSVR="1")
        return done.stdout.split(": ")[1].strip("[]") if done.returncode == 0 else ""

    def bmc(self, node: str, pool: str) -> Responder:
        """A node with a BMC that a test may make misbehave."""
        bmc = self.bench.bmc()
        typed(
            self.mn,
            f"nodeadd {node} groups=odd nodehm.mgt=ipmi ipmi.bmc={place(bmc)}",
            f"nodech {node} noderes.servicenode={pool}",
        )
        for service in self.cluster.services:
            until(lambda sn=service: sn.run("rpower", node, "stat").returncode == 0, f"{node} at {service.name}")
        return bmc


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    mn = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", free_port()))
    rack = Rack(len(POOLS), f"{network()}.2.1")
    with (
        Proxy(("127.0.0.1", mn.port)) as wire1,
        Proxy(("127.0.0.1", mn.port)) as wire2,
        Bench() as bench,
        bmcs(rack, folder / "bmcs") as simulated,
    ):
        proxies = {"sn1": wire1, "sn2": wire2}
        services = [
            join(mn, Daemon(folder / name, name, address, free_port(address), master=proxy.place))
            for (name, proxy), address in zip(proxies.items(), ("127.0.1.51", "127.0.1.52"), strict=True)
        ]
        lab = Lab(Cluster(mn, services), proxies, dict(zip(POOLS, simulated, strict=True)), bench)
        try:
            for daemon in lab.cluster.all:
                give_plugin(daemon)
                daemon.start()
            define(lab)
            yield lab
        finally:
            lab.cluster.stop()


def define(lab: Lab) -> None:
    typed(
        lab.mn,
        "nodeadd sn1,sn2 groups=service noderes.servicenode=mn1",
        "chtab key=ipmi passwd.username=admin passwd.password=secret",
    )
    for node, pool in POOLS.items():
        bmc = lab.rack[node]
        typed(
            lab.mn,
            f"nodeadd {node} groups=compute nodehm.mgt=ipmi ipmi.bmc={bmc.host}:{bmc.port}",
            f"nodech {node} noderes.servicenode={pool}",
        )


@pytest.fixture
def lab(cluster: Lab) -> Lab:
    """The cluster, healthy again whatever the test before did."""
    for daemon in cluster.cluster.all:
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.process.send_signal(signal.SIGCONT)
        else:
            daemon.start()
    for proxy in cluster.proxies.values():
        proxy.resume()
    until(lambda: (cluster.source("x1"), cluster.source("b1")) == ("sn1", "sn2"), "both service nodes")
    return cluster


def kill(daemon: Daemon) -> None:
    daemon.stop(signal.SIGKILL)


def pause(daemon: Daemon) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)


def go_on(daemon: Daemon) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGCONT)


def misses(lab: Lab) -> int:
    """How many misses the management node's log has."""
    log = lab.mn.log()
    return log.count('"event": "request ')


# -- before delivery: the next of the pool --------------------------------------------------------------------------


def test_a_killed_service_node_is_passed_over_and_the_miss_is_logged(lab: Lab) -> None:
    kill(lab.sn1)
    before = misses(lab)
    done = lab.mn.run("rpower", "a1,a2,b1", "stat")
    assert (done.returncode, sorted(done.stdout.splitlines()), done.stderr) == (
        0,
        ["a1: off", "a2: off", "b1: off"],
        "",
    )
    assert misses(lab) > before
    assert "sn1 lost" in lab.mn.log()


def test_a_stopped_service_node_is_passed_over_and_serves_again_when_it_goes_on(lab: Lab) -> None:
    pause(lab.sn1)
    done = lab.mn.run("rpower", "a1,a2", "stat")
    assert (done.returncode, sorted(done.stdout.splitlines()), done.stderr) == (0, ["a1: off", "a2: off"], "")
    go_on(lab.sn1)
    until(lambda: lab.source("a1") == "sn1", "sn1")


@pytest.mark.parametrize("ways", [(Way.UP,), (Way.DOWN,), (Way.UP, Way.DOWN)], ids=["from it", "to it", "both"])
def test_a_stalled_network_is_as_a_dead_service_node_until_it_flows_again(lab: Lab, ways: tuple[Way, ...]) -> None:
    lab.wire1.stall(*ways)
    done = lab.mn.run("rpower", "a1,a2", "stat")
    assert (done.returncode, sorted(done.stdout.splitlines()), done.stderr) == (0, ["a1: off", "a2: off"], "")
    lab.wire1.resume()
    until(lambda: lab.source("a1") == "sn1", "sn1")


def test_a_command_for_the_only_service_node_waits_while_that_is_slow(lab: Lab) -> None:
    pause(lab.sn1)
    with Typed(lab.mn, "rpower", "x1", "stat") as command:
        until(lambda: '"command": "rpower", "noderange": "x1"' in lab.mn.log(), "the request")
        go_on(lab.sn1)
        assert command.end() == (0, "x1: off\n", "")


def test_a_link_cut_before_the_service_node_took_the_command_costs_nothing(lab: Lab, tmp_path: Path) -> None:
    lab.wire1.stall(Way.UP)
    (tmp_path / "x1.go").touch()
    sent = lab.wire1.passed[Way.DOWN]
    with Typed(lab.mn, "labwork", "x1", str(tmp_path)) as command:
        until(lambda: lab.wire1.passed[Way.DOWN] > sent + 200, "the offer on its way")
        lab.wire1.refuse()
        status, out, err = command.end()
    assert (status, out) == (1, "")
    assert err.startswith("Error: [mn1]: Failed to dispatch command to any of the following service nodes: sn1")
    assert journal(tmp_path) == []


def test_when_the_whole_pool_is_dead_the_caller_gets_the_error_of_the_manual(lab: Lab) -> None:
    kill(lab.sn1)
    kill(lab.sn2)
    until(lambda: lab.mn.log().count('link from sn2 ended"') > 0, "the loss")
    before = misses(lab)
    done = lab.mn.run("rpower", "a1,a2", "stat")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Failed to dispatch command to any of the following service nodes: sn1,sn2" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert misses(lab) >= before + 2


def test_a_pool_with_the_management_node_is_served_by_it_in_the_end(lab: Lab) -> None:
    kill(lab.sn1)
    assert lab.source("h1") == "mn1"


# -- after delivery -----------------------------------------------------------------------------------------------------


def test_a_command_that_only_looks_is_repeated_on_the_next_service_node(lab: Lab, tmp_path: Path) -> None:
    with Typed(lab.mn, "labwork", "a1,a2", str(tmp_path), "look") as command:
        until(lambda: len(journal(tmp_path)) == 2, "the beginning")
        lab.wire1.refuse()
        until(lambda: "sn2 a1 began" in journal(tmp_path) and "sn2 a2 began" in journal(tmp_path), "the next")
        (tmp_path / "a1.go").touch()
        (tmp_path / "a2.go").touch()
        status, out, err = command.end()
    assert (status, sorted(out.splitlines()), err) == (0, ["a1: done", "a2: done"], "")


def test_it_is_repeated_at_home_when_the_management_node_is_the_next(lab: Lab, tmp_path: Path) -> None:
    with Typed(lab.mn, "labwork", "h1", str(tmp_path), "look") as command:
        until(lambda: journal(tmp_path) == ["sn1 h1 began"], "the beginning")
        kill(lab.sn1)
        until(lambda: "mn1 h1 began" in journal(tmp_path), "the next")
        (tmp_path / "h1.go").touch()
        assert command.end() == (0, "h1: done\n", "")


def test_a_command_that_changes_is_not_repeated_and_its_unfinished_nodes_are_unknown(lab: Lab, tmp_path: Path) -> None:
    with Typed(lab.mn, "labwork", "a1,a2,b1", str(tmp_path)) as command:
        until(lambda: len(journal(tmp_path)) == 3, "the beginning")
        (tmp_path / "a2.go").touch()
        (tmp_path / "b1.go").touch()
        assert {command.line(), command.line()} == {"a2: done\n", "b1: done\n"}
        lab.wire1.refuse()
        status, out, err = command.end()
    assert (status, out) == (1, "")
    assert err == "a1: [sn1]: Error: unknown result: the link to sn1 broke while it worked on the request\n"
    until(lambda: "sn1 a1 cancelled" in journal(tmp_path), "the end on sn1")
    assert not [line for line in journal(tmp_path) if line.startswith("sn2 a")]


def test_a_node_that_was_asked_to_switch_on_when_its_service_node_died_is_not_switched_again(lab: Lab) -> None:
    bmc = lab.bmc("k1", "sn1,sn2")
    bmc.bmc.is_stuck = True
    with Typed(lab.mn, "rpower", "k1", "on") as command:
        until(lambda: bmc.bmc.controls == [1], "the control at the BMC")
        kill(lab.sn1)
        status, out, err = command.end()
    assert (status, out) == (1, "")
    assert err.startswith("k1: [sn1]: Error: unknown result: ")
    assert len(err.splitlines()) == 1
    assert bmc.bmc.controls == [1]


def test_a_status_that_was_asked_for_when_the_service_node_died_is_asked_by_the_next(lab: Lab) -> None:
    bmc = lab.bmc("k2", "sn1,sn2")
    bmc.silent = True
    heard = len(bmc.received)
    with Typed(lab.mn, "rpower", "k2", "stat") as command:
        until(lambda: len(bmc.received) > heard, "the question")
        kill(lab.sn1)
        bmc.silent = False
        assert command.end() == (0, "k2: off\n", "")


def test_a_request_on_a_connection_that_froze_ends_although_a_new_one_is_up(lab: Lab, tmp_path: Path) -> None:
    with Typed(lab.mn, "labwork", "x1", str(tmp_path)) as command:
        until(lambda: len(journal(tmp_path)) == 1, "the beginning")
        lab.wire1.freeze()
        status, out, err = command.end()
    assert (status, out) == (1, "")
    assert err == "x1: [sn1]: Error: unknown result: the link to sn1 broke while it worked on the request\n"
    until(lambda: journal(tmp_path) == ["sn1 x1 began", "sn1 x1 cancelled"], "the end on sn1")
    until(lambda: lab.source("x1") == "sn1", "the new connection")


# -- a caller who goes away ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "hang-up"])
def test_a_caller_who_goes_away_ends_the_session_with_the_bmc(lab: Lab, number: signal.Signals) -> None:
    node = f"c{number.value}"
    bmc = lab.bmc(node, "sn1")
    closed, heard = bmc.bmc.closed, len(bmc.received)
    bmc.delay = 60.0
    with Typed(lab.mn, "rpower", node, "stat") as command:
        until(lambda: len(bmc.received) > heard, "the question")
        command.process.send_signal(number)
        until(lambda: bmc.bmc.closed == closed + 1, "the goodbye to the BMC")
        assert command.end()[0] in (130, -signal.SIGKILL)


# -- the management node --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_links_come_back_when_the_management_node_does(lab: Lab, number: signal.Signals) -> None:
    lab.mn.stop(number)
    lab.mn.start()
    done = lab.mn.run("rpower", "compute", "stat")
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (0, len(POOLS), "")


def test_a_service_node_serves_its_nodes_while_the_management_node_is_down(lab: Lab) -> None:
    kill(lab.mn)
    done = lab.sn2.run("rpower", "a1,b1", "stat")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, ["a1: off", "b1: off"])
    assert lab.sn2.run("nodels", "a1").stdout == "a1\n"
    done = lab.sn2.run("chtab", "key=a", "site.value=b")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: sn2 has no connection to the management node, which must run chtab; try again when it is back\n"
    )


def test_a_service_node_typed_command_waits_for_a_management_node_that_restarts(lab: Lab) -> None:
    lab.mn.stop()
    with Typed(lab.sn1, "chtab", "key=waited", "site.value=yes") as command:
        lab.mn.start()
        assert command.end() == (0, "", "")
    assert typed(lab.sn1, "gettab key=waited site.value") == typed(lab.mn, "gettab key=waited site.value") == "yes\n"
