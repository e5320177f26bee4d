"""Two management nodes on one PostgreSQL: one is active, the other takes over, and nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, refused, write_settings
from tests.helpers.databases import PostgresServer
from tests.helpers.pair import Pair, build_pair, copied_pair, end, pid_of, running_pair
from tests.integration.outages import Writer, gettab, nothing_lost

Two = tuple[Daemon, Daemon]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return build_pair(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="module")
def pair(postgres_server: PostgresServer, template: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_pair(postgres_server, copied_pair(template, tmp_path_factory.mktemp("pair"))) as made:
        yield made


@pytest.fixture
def two(pair: Pair) -> Two:
    """The one that is active when the test begins, and the other one."""
    return pair.two()


def written_during(writers: list[Writer]) -> None:
    """Each of them gets at least two more words that something is written; then they end."""
    before = [len(writer.acknowledged) for writer in writers]
    until(lambda: all(len(w.acknowledged) > n + 1 for w, n in zip(writers, before, strict=True)), "more writes")
    for writer in writers:
        writer.end()


def test_one_is_active_and_the_other_points_to_it(pair: Pair, two: Two) -> None:
    active, other = two
    shown = f"This is a Management Node\npart={{}}\nactive={active.name}\n"
    assert active.run("lsxcatd", "-t").stdout == shown.format("active")
    assert other.run("lsxcatd", "-t").stdout == shown.format("stands by")
    typed(other, "chtab key=typed site.value=there")
    assert gettab(active, "typed") == "there"
    done = other.run("tabdump", "-w", "key==typed", "site", tls=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "there" in done.stdout


def test_both_answer_to_the_names_of_both(pair: Pair, two: Two) -> None:
    active, other = two
    typed(active, "nodeadd n[1-2] groups=all nodehm.mgt=none", f"chdef n1 servicenode={active.name}")
    typed(active, f"chdef n2 servicenode={other.name}")
    done = active.run("rpower", "n1,n2", "stat")
    assert "sn1" not in done.stderr and "Failed to dispatch" not in done.stderr
    assert done.stderr.count("no driver") == done.stderr.count("n1: ") + done.stderr.count("n2: ")


def test_killed_in_the_middle_of_writes_nothing_acknowledged_is_lost(pair: Pair, two: Two) -> None:
    active, other = two
    writers = [Writer(active, "a"), Writer(pair.sn1, "b"), Writer(other, "c")]
    for writer in writers:
        writer.start()
    until(lambda: all(len(writer.acknowledged) > 3 for writer in writers), "writes")
    end(active, signal.SIGKILL)
    done = other.run("nodels", "sn1", XCATHOST=pair.hosts)  # it waits for one that is active
    assert (done.returncode, done.stdout, done.stderr) == (0, "sn1\n", "")
    pair.until_active(other.name)
    pair.linked(other.name)
    written_during(writers[1:])
    writers[0].end()
    nothing_lost(other, writers)


def test_one_that_stood_still_writes_no_more(pair: Pair, two: Two) -> None:
    active, other = two
    frozen = pid_of(active)
    os.kill(frozen, signal.SIGSTOP)
    pair.until_active(other.name)
    typed(other, "chtab key=word site.value=new")
    late = Writer(active, "late")  # it is let in by the kernel, and waits
    late.start()
    os.kill(frozen, signal.SIGCONT)
    until(lambda: pid_of(active) not in (0, frozen), "the successor")
    written_during([late])
    nothing_lost(other, [late])
    assert gettab(other, "word") == "new"
    assert pair.part(other.name) == "active"
    pair.linked(other.name)


def test_one_that_loses_the_database_stops_and_another_takes_over(pair: Pair, two: Two) -> None:
    active, other = two
    wire = pair.wires[active.name]
    wire.stall()
    pair.until_active(other.name)
    pair.linked(other.name)
    typed(pair.sn1, "chtab key=word site.value=new")
    until(lambda: pair.part(active.name) == "not sure", "doubts")
    typed(active, "chtab key=word site.value=newer")  # the other one does it
    assert gettab(other, "word") == "newer"
    until(lambda: "what is shown is how it was then" in active.run("nodels", "sn1").stderr, "the notice")
    wire.cut()
    wire.resume()
    until(lambda: pair.part(active.name) == "stands by", "the one before to stand by")
    assert gettab(active, "word") == "newer"


def test_a_database_that_restarts_finds_one_active(pair: Pair, two: Two) -> None:
    pair.server.stop()
    pair.server.start()
    typed(two[1], "chtab key=again site.value=1")
    active, other = pair.two()
    assert gettab(active, "again") == "1"
    assert gettab(other, "again") == "1"


def test_a_reload_keeps_the_lead(pair: Pair, two: Two) -> None:
    active, other = two
    before = pid_of(active)
    writer = Writer(active, "r")
    writer.start()
    os.kill(before, signal.SIGHUP)
    until(lambda: pid_of(active) not in (0, before), "the successor")
    written_during([writer])
    pair.until_active(active.name)
    nothing_lost(active, [writer])
    assert not writer.failed
    assert pair.part(other.name) == "stands by"


def test_the_list_needs_postgresql_and_this_host(template: Pair, tmp_path: Path) -> None:
    mn1 = copied_pair(template, tmp_path).managers["mn1"]
    assert "need one PostgreSQL for all" in refused(mn1)
    write_settings(mn1, "name: mn3\nmanagement_nodes: [mn1, mn2]\n")
    assert "does not name this host, mn3" in refused(mn1)
    write_settings(mn1, "name: mn1\nmanagement_nodes: [mn1]\n")
    assert "fewer than two" in refused(mn1)
    write_settings(mn1, "name: sn1\nmaster: mn1\nmanagement_nodes: [mn1, mn2]\n")
    assert "remove one of the two" in refused(mn1)
