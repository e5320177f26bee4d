"""The door for nodes under installation: old nodes are heard, nothing that was answered is lost, and strangers are sent away."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, log_lines, served, typed, until
from tests.helpers.cluster import PATIENCE, Cluster, Daemon, free_port, running
from tests.helpers.nodeclient import await_port, node_contexts, opened, report, report_at_once, say, say_at_once
from tests.integration.outages import histories

NODES = 200


def status(daemon: Daemon, node: str, column: str = "status") -> str:
    return typed(daemon, f"nodels {node} nodelist.{column}").partition(": ")[2].strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("door")) as mn:
        typed(mn, f"nodeadd cn[1-{NODES}] groups=compute", r"chdef -t group compute ip='|cn(\d+)|127.3.0.($1)|'")
        yield mn


@pytest.fixture(scope="module")
def port(site: Daemon) -> int:
    return opened(site)


def test_a_node_tells_how_far_it_is(site: Daemon, port: int) -> None:
    assert say("127.0.0.1", port, "127.3.0.1", "installstatus installing") == ["ready", "done"]
    until(lambda: status(site, "cn1") == "installing", "the status")
    assert status(site, "cn1", "statustime").count(":") == 2


def test_a_reason_is_kept_with_the_status_and_as_an_event(site: Daemon, port: int) -> None:
    line = "installstatus failed -- syslog, the postscript, ended with 3"
    assert say("127.0.0.1", port, "127.3.0.2", line) == ["ready", "done"]
    until(lambda: status(site, "cn2") == "failed", "the status")
    assert status(site, "cn2", "appstatus") == "reason=syslog; the postscript; ended with 3"
    events = typed(site, "tabdump eventlog")
    assert '"cn2"' in events and "syslog; the postscript; ended with 3" in events
    say("127.0.0.1", port, "127.3.0.2", "installstatus booted")
    until(lambda: status(site, "cn2") == "booted", "the next status")
    assert status(site, "cn2", "appstatus") == ""


def test_words_are_matched_exactly_and_unknown_ones_do_no_harm(site: Daemon, port: int) -> None:
    for line in ("nextbooted", "installstatus-booted", "xinstallstatus booted", "", "installstatus sleepy next"):
        assert say("127.0.0.1", port, "127.3.0.3", line) == ["ready", "done"]
    assert say("127.0.0.1", port, "127.3.0.3", "installstatus next booted\r") == ["ready", "done"]
    until(lambda: status(site, "cn3") == "booted", "the word that is a status")


def test_states_of_applications_and_updates_come_in_their_forms(site: Daemon, port: int) -> None:
    said = ("hpcbootstatus gpfs=up", "hpcbootstatus loadl=down", "updatestatus synced", "installstatus booted")
    for line in said:  # one after the other: each is in the tables before the next is said
        assert say("127.0.0.1", port, "127.3.0.4", line)[:2] == ["ready", "done"]
        verb, _, rest = line.partition(" ")
        until(lambda: histories(site, verb)[-1:] == [rest], line)  # noqa: B023 - asked at once
    until(lambda: status(site, "cn4") == "booted", "the status")
    assert status(site, "cn4", "appstatus") == "gpfs=up,loadl=down"
    assert status(site, "cn4", "updatestatus") == "synced"


def test_an_old_image_gets_its_script_where_the_site_allows_it(site: Daemon, port: int) -> None:
    refused = say("127.0.0.1", port, "127.3.0.5", "getpostscript")
    assert refused[0] == "ready" and refused[1].startswith("refused: cn5 gets its script with its own certificate")
    typed(site, "chtab key=legacynodes site.value=yes")
    script = say("127.0.0.1", port, "127.3.0.5", "getpostscript")
    assert (script[:2], script[-1]) == (["ready", "done"], "#END OF SCRIPT")
    assert any("NODE=" in line and "cn5" in line for line in script)
    typed(site, "chtab -d key=legacynodes site")


def test_what_cannot_be_done_yet_is_refused_and_not_said_to_be_done(site: Daemon, port: int) -> None:
    for line in ("next", "syncfiles", "unlocktftpdir"):
        heard = say("127.0.0.1", port, "127.3.0.5", line)
        assert heard[0] == "ready" and len(heard) == 2
        assert heard[1].startswith("refused: ") and "cn5" in heard[1]


def test_a_stranger_is_sent_away_without_a_word(site: Daemon, port: int) -> None:
    assert say("127.0.0.1", port, "127.9.9.9") == []
    until(lambda: "127.9.9.9 is no node's address" in site.log(), "the sentence")
    typed(site, "nodeadd late groups=all hosts.ip=127.9.9.8")
    until(lambda: say("127.0.0.1", port, "127.9.9.8", "installstatus booting") == ["ready", "done"], "its place")
    typed(site, "nodeadd late2 groups=all hosts.ip=127.9.9.8")
    until(lambda: say("127.0.0.1", port, "127.9.9.8") == [], "the second look at all nodes")
    until(lambda: "127.9.9.8 is the address of late, late2" in site.log(), "the sentence")


def test_who_says_too_much_is_sent_away_and_others_are_heard(site: Daemon, port: int) -> None:
    assert say("127.0.0.1", port, "127.3.0.6", "x" * 10_000)[:1] == ["ready"]
    until(lambda: "a line is longer than" in site.log(), "the sentence")
    held = [socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=("127.3.0.7", 0)) for _ in range(20)]
    try:
        until(lambda: "127.3.0.7 is sent away: it has 16 connections already" in site.log(), "the sentence")
        assert say("127.0.0.1", port, "127.3.0.8", "installstatus booted") == ["ready", "done"]
    finally:
        for each in held:
            each.close()


async def test_many_nodes_at_once_are_all_heard(site: Daemon, port: int) -> None:
    said = [(f"127.3.0.{number}", "installstatus netbooting") for number in range(1, NODES + 1)]
    assert await say_at_once("127.0.0.1", port, said) == NODES
    await asyncio.to_thread(
        until,
        lambda: typed(site, "nodels compute nodelist.status").count(": netbooting\n") == NODES,
        "all statuses",
    )


async def test_many_nodes_report_at_once_over_tls_with_their_own_certificates(site: Daemon, tmp_path: Path) -> None:
    contexts = node_contexts(site, [f"cn{number}" for number in range(1, NODES + 1)], tmp_path)
    assert (
        await report_at_once(site.address, site.port, list(contexts.values()), "installstatus", "configured") == NODES
    )
    await asyncio.to_thread(
        until,
        lambda: typed(site, "nodels compute nodelist.status").count(": configured\n") == NODES,
        "all statuses",
    )
    own = contexts["cn9"]
    assert await report(site.address, site.port, own, "installstatus", "failed", "--reason", "no disk") == (0, "")
    await asyncio.to_thread(until, lambda: status(site, "cn9") == "failed", "the status")
    assert status(site, "cn9", "appstatus") == "reason=no disk"
    code, text = await report(site.address, site.port, own, "installstatuss", "booted")
    assert code == 1 and "'installstatuss' is nothing that a node can say" in text
    code, text = await report(site.address, site.port, own, "next")
    assert code == 1 and "There is no next step: chain.currchain and chain.chain are not set" in text


def test_only_nodes_report(site: Daemon) -> None:
    seen = site.run("nodereport", "installstatus", "booted")
    assert seen.returncode == 1 and "only a node may report, with a certificate of its own" in seen.stderr


def test_done_is_said_when_it_is_on_disk(idle: Daemon) -> None:
    with served(idle) as mn:
        typed(mn, "nodeadd cn1 groups=all hosts.ip=127.3.1.1")
        port = opened(mn)
        for word in ("installing", "booting", "booted"):
            assert say("127.0.0.1", port, "127.3.1.1", f"installstatus {word}") == ["ready", "done"]
            mn.stop(signal.SIGKILL)
            mn.start()
            until(lambda: _open("127.0.0.1", port), "the port")
            until(lambda: status(mn, "cn1") == word, f"{word} after the kill")  # noqa: B023 - asked at once
        assert histories(mn, "installstatus") == ["installing", "booting", "booted"]


def test_a_successor_takes_the_port_over_and_a_taken_port_is_tried_again(idle: Daemon) -> None:
    with served(idle) as mn:
        typed(mn, "nodeadd cn1 groups=all hosts.ip=127.3.1.1")
        port = opened(mn)
        assert mn.process is not None
        old = mn.process
        mn.start("-r")
        old.wait(PATIENCE)
        assert say("127.0.0.1", port, "127.3.1.1", "installstatus booting") == ["ready", "done"]
        taken = free_port()
        with socket.create_server(("127.0.0.1", taken)):
            typed(mn, f"chtab key=xcatiport site.value={taken}")
            sentence = f"nodes under installation are not heard: Port {taken} of 127.0.0.1 is taken by another program"
            until(lambda: sentence in mn.log() and "another port in site.xcatiport" in mn.log(), "the sentence")
        until(lambda: log_lines(mn, f"nodes under installation are heard on port {taken}"), "the port")
        assert say("127.0.0.1", taken, "127.3.1.1", "installstatus booted") == ["ready", "done"]
        until(lambda: not _open("127.0.0.1", port), "the end of the old port")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Cluster]:
    with running(tmp_path, ("sn1",)) as cluster:
        yield cluster


def test_a_service_node_hears_its_nodes_and_keeps_what_they_say_while_the_management_node_is_away(two: Cluster) -> None:
    mn, sn1 = two.management, two.services[0]
    typed(mn, "nodeadd cn1 groups=all hosts.ip=127.3.1.1 noderes.servicenode=sn1")
    until(lambda: sn1.run("nodels", "cn1").returncode == 0, "cn1 on sn1")
    port = opened(mn)  # of the whole cluster
    await_port(sn1, port)
    assert say(sn1.address, port, "127.3.1.1", "installstatus installing") == ["ready", "done"]
    until(lambda: status(mn, "cn1") == "installing", "the first status")
    looked = mn.run("nodestat", "cn1", XCATSHOWSVR="1")
    assert looked.stdout.startswith("cn1: [sn1]: ") and looked.returncode == 0
    until(lambda: _copied(sn1, "127.3.1.1"), "the copy of the tables on disk")
    mn.stop(signal.SIGKILL)
    for word in ("booting", "failed -- no disk", "booted"):
        assert say(sn1.address, port, "127.3.1.1", f"installstatus {word}") == ["ready", "done"]
        sn1.stop(signal.SIGKILL)
        sn1.start()
        until(lambda: _open(sn1.address, port), "its port")
    mn.start()
    until(lambda: status(mn, "cn1") == "booted", "the last status")
    assert histories(mn, "installstatus") == ["installing", "booting", "failed -- no disk", "booted"]


def _open(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True


def _copied(daemon: Daemon, text: str) -> bool:
    """Whether the service node would know this after a restart without its management node."""
    files = (daemon.root / "etc/xcat/replica").glob("tables.*")
    return any(text.encode() in path.read_bytes() for path in files)
