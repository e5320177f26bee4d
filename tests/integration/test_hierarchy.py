"""Three daemons and a fourth below one of them: who does what, whoever is asked."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import log_lines, typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import SOURCE, Daemon, OnCluster, build, free_port, join
from tests.helpers.stage import Typed, give_plugin, journal
from tests.simulators.bmcs import Bmc, Rack, bmcs

NODES = {
    "a1": "sn1,sn2",
    "a2": "sn1,sn2",
    "b1": "sn2,sn1",
    "c1": "sn11",
    "m1": "",
    "p1": "mn1,sn1",
    "p2": "sn1,mn1",
}
"""Each node's servicenode."""


@dataclass(frozen=True)
class Tree(OnCluster):
    """mn1 above sn1 and sn2; sn11 below sn1."""

    rack: dict[str, Bmc]

    @property
    def sn11(self) -> Daemon:
        return self.cluster.services[2]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    folder = tmp_path_factory.mktemp("tree")
    cluster = build(folder)
    sn1 = cluster.services[0]
    address = "127.0.1.11"
    cluster.services.append(
        join(cluster.management, Daemon(folder / "sn11", "sn11", address, free_port(address), master=sn1.host))
    )
    rack = Rack(len(NODES), f"{network()}.1.1")
    try:
        for daemon in cluster.all:
            give_plugin(daemon)
            daemon.start()
        with bmcs(rack, folder / "bmcs") as simulated:
            tree = Tree(cluster, dict(zip(NODES, simulated, strict=True)))
            define(tree)
            yield tree
    finally:
        cluster.stop()


def define(tree: Tree) -> None:
    typed(
        tree.mn,
        "nodeadd sn1,sn2 groups=service noderes.servicenode=mn1",
        "nodeadd sn11 groups=service noderes.servicenode=sn1",
        "chtab key=ipmi passwd.username=admin passwd.password=secret",
    )
    for node, pool in NODES.items():
        bmc = tree.rack[node]
        typed(tree.mn, f"nodeadd {node} groups=compute nodehm.mgt=ipmi ipmi.bmc={bmc.host}:{bmc.port}")
        if pool:
            typed(tree.mn, f"nodech {node} noderes.servicenode={pool}")
    for service in tree.cluster.services:
        knows(service, "p2")


def knows(service: Daemon, node: str) -> None:
    """Wait until a service node can switch a node that was defined on the management node."""
    until(lambda: service.run("rpower", node, "stat").returncode == 0, f"{node} at {service.name}")


def served_by(daemon: Daemon, noderange: str) -> dict[str, str]:
    """Which daemon answered for each node."""
    done = daemon.run("rpower", noderange, "stat", XCATSHOWSVR="1")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(": ") for line in done.stdout.splitlines()]
    assert len(lines) == len({line[0] for line in lines}), done.stdout
    return {node: source.strip("[]") for node, source, _ in lines}


EXPECTED = {"a1": "sn1", "a2": "sn1", "b1": "sn2", "c1": "sn11", "m1": "mn1", "p1": "mn1", "p2": "sn1"}


@pytest.mark.parametrize("asked", ["mn1", "sn1", "sn2", "sn11"])
def test_every_node_is_served_by_the_first_of_its_pool_whoever_is_asked(tree: Tree, asked: str) -> None:
    daemon = next(each for each in tree.cluster.all if each.name == asked)
    until(lambda: served_by(daemon, "compute") == EXPECTED, "the expected service nodes")


def test_through_the_port_it_is_the_same_as_through_the_socket(tree: Tree) -> None:
    done = tree.sn1.run("rpower", "a1,b1", "stat", tls=True, XCAT_CREDENTIALS=str(tree.mn.credentials))
    assert (done.returncode, sorted(done.stdout.splitlines()), done.stderr) == (0, ["a1: off", "b1: off"], "")


def test_what_is_typed_on_a_service_node_is_as_if_it_were_typed_on_the_management_node(tree: Tree) -> None:
    for service in (tree.sn1, tree.sn11):
        assert typed(service, "nodels compute") == "".join(f"{node}\n" for node in sorted(NODES))
        typed(service, f"chtab key=from{service.name} site.value=here")
        assert f'"from{service.name}","here",,' in typed(tree.mn, "tabdump site")
        assert typed(service, "tabdump site") == typed(tree.mn, "tabdump site")
        until(lambda daemon=service: '"nodels","compute"' in typed(daemon, "tabdump auditlog"), "the audit's rows")


def test_a_refusal_of_the_management_node_reads_as_it_would_there(tree: Tree) -> None:
    for words in (["nodels", "nosuch"], ["tabdump", "nosuch"], ["nodels", "a1", "no.such"], ["gettab"]):
        here, there = tree.mn.run(*words), tree.sn1.run(*words)
        assert here.returncode == there.returncode == 1, words
        assert here.stderr.replace("[mn1]: ", "") == there.stderr.replace("[sn1]: ", "").replace("[mn1]: ", ""), words


def test_an_unknown_node_is_named_on_a_service_node(tree: Tree) -> None:
    done = tree.sn1.run("rpower", "nosuch", "stat")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Invalid nodes and/or groups in noderange: nosuch\n"


def test_a_change_on_the_management_node_is_seen_on_service_nodes_at_once(tree: Tree) -> None:
    typed(tree.mn, f"nodeadd new1 groups=compute nodehm.mgt=ipmi ipmi.bmc={tree.rack['m1'].host}")
    try:
        knows(tree.sn2, "new1")
        knows(tree.sn11, "new1")
    finally:
        typed(tree.mn, "noderm new1")
    until(lambda: tree.sn11.run("rpower", "new1", "stat").stderr.startswith("Error: Invalid nodes"), "its removal")


def test_switching_through_a_service_node_notes_the_status_on_the_management_node(tree: Tree) -> None:
    assert typed(tree.mn, "rpower c1,b1 on") != ""
    assert (tree.rack["c1"].power, tree.rack["b1"].power) == ("on", "on")
    assert tree.rack["c1"].journal.count("power 1") == 1
    for node in ("c1", "b1"):
        assert typed(tree.mn, f"nodels {node} nodelist.status") == f"{node}: powering-on\n"
    typed(tree.sn2, "rpower c1,b1 off")
    assert typed(tree.mn, "nodels c1 nodelist.status") == "c1: powering-off\n"


def test_the_request_keeps_its_id_from_the_management_node_down_to_the_last_service_node(
    tree: Tree, tmp_path: Path
) -> None:
    (tmp_path / "c1.go").touch()
    typed(tree.mn, f"labwork c1 {tmp_path}")
    assert journal(tmp_path) == ["sn11 c1 began", "sn11 c1 ended"]

    def ids(daemon: Daemon) -> set[str]:
        return {line["request"] for line in log_lines(daemon) if line.get("command") == "labwork"}

    (mine,) = until(lambda: ids(tree.mn), "the request in the log")
    for service in (tree.sn1, tree.sn11):
        assert until(lambda daemon=service: mine in ids(daemon), f"the request in the log of {service.name}")


def test_standard_input_reaches_the_management_node_from_below(tree: Tree) -> None:
    for service in (tree.sn1, tree.sn11):
        stanza = f"in{service.name}:\n    objtype=node\n    groups=given\n    usercomment=straße\n"
        done = service.run("chdef", "-z", stdin=stanza)
        assert done.returncode == 0, done.stderr
        assert typed(tree.mn, f"nodels in{service.name} nodelist.comments") == f"in{service.name}: straße\n"


def test_a_long_standard_input_passes_two_links(tree: Tree) -> None:
    text = "straße\n" * 300_000
    done = tree.sn11.run("labread", stdin=text)
    assert (done.stdout, done.stderr) == (f"{len(text)}\n", "")


def test_a_long_line_and_many_lines_pass_two_links(tree: Tree) -> None:
    done = tree.mn.run("labtalk", "c1", "3000", "100")
    assert [line.split()[1] for line in done.stdout.splitlines()] == [str(number) for number in range(3000)]
    done = tree.mn.run("labtalk", "c1", "40", "300000")
    assert len(done.stdout) == 40 * (300_000 + len("c1: \n")), done.stderr


def test_a_fault_of_a_plugin_below_is_told_with_a_reference_and_logged_once(tree: Tree) -> None:
    done = tree.sn1.run("labfault")
    assert done.returncode == 1
    reference = done.stderr.split("logged under ")[1].split(";")[0]
    assert tree.mn.log().count(f"fault {reference}") == 1
    assert "this plugin has a bug" in tree.mn.log()
    assert "Traceback" not in done.stdout + done.stderr


def test_servicenode_entries_in_a_circle_are_refused(tree: Tree) -> None:
    typed(
        tree.mn, "nodeadd x1,x2,lost groups=odd", "nodech x1 noderes.servicenode=x2", "nodech x2 noderes.servicenode=x1"
    )
    typed(tree.mn, "nodech lost noderes.servicenode=x1 nodehm.mgt=ipmi")
    try:
        done = tree.mn.run("rpower", "lost", "stat")
        assert (done.returncode, done.stdout) == (1, "")
        assert "The servicenode entries above x1 lead in a circle" in done.stderr
        assert served_by(tree.mn, "a1").keys() == {"a1"}
    finally:
        typed(tree.mn, "noderm x1,x2,lost")


def test_two_service_nodes_that_are_each_others_master_are_told(tree: Tree, tmp_path: Path) -> None:
    ports = {"x1": free_port("127.0.1.21"), "x2": free_port("127.0.1.22")}
    x1 = join(tree.mn, Daemon(tmp_path / "x1", "x1", "127.0.1.21", ports["x1"], master=f"127.0.1.22:{ports['x2']}"))
    x2 = join(tree.mn, Daemon(tmp_path / "x2", "x2", "127.0.1.22", ports["x2"], master=x1.host))
    try:
        x1.start()
        x2.start()
        until(lambda: "The masters form a circle" in x1.log() + x2.log(), "the complaint")
        for each in (x1, x2):
            done = each.run("nodels")
            assert done.returncode == 1
            assert "tables have not arrived" in done.stderr
        until(lambda: "circle" in x1.run("nodels").stderr + x2.run("nodels").stderr, "the complaint to callers")
    finally:
        x1.stop()
        x2.stop()


def test_a_daemon_of_another_release_is_let_in_and_both_logs_say_so(tree: Tree, tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "xcatd", tmp_path / "source/xcatd", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "source/xcatd/build.txt").write_text("0123abc 2020-02-02\n")
    address = "127.0.1.31"
    old = join(tree.mn, Daemon(tmp_path / "old", "old", address, free_port(address), master=tree.mn.host))
    old.pythonpath = os.pathsep.join(str(path) for path in (tmp_path / "source", SOURCE / "certs"))
    try:
        old.start()
        until(lambda: "old runs Version" in tree.mn.log(), "the warning on the management node")
        until(lambda: "mn1 runs Version" in old.log(), "the warning on the service node")
        assert "built 2020-02-02" in typed(old, "lsxcatd -v")
        knows(old, "m1")
    finally:
        old.stop()


def test_ctrl_c_reaches_a_command_two_links_away(tree: Tree, tmp_path: Path) -> None:
    with Typed(tree.mn, "labwork", "c1,a1", str(tmp_path)) as command:
        until(lambda: len(journal(tmp_path)) == 2, "the beginning")
        command.process.send_signal(signal.SIGINT)
        status, _, _ = command.end()
    assert status == 130
    until(lambda: len(journal(tmp_path)) == 4, "the cancellation")
    assert set(journal(tmp_path)[2:]) == {"sn11 c1 cancelled", "sn1 a1 cancelled"}
