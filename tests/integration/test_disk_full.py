"""A disk that is full: whoever changes something is told so and nothing is half done, who reads notices nothing, and when
there is room again all goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.smalldisk import SmallDisk, small_disk

MANY = 3000
"""Nodes that do not fit on what is left."""


@pytest.fixture
def disk(idle: Daemon) -> Iterator[SmallDisk]:
    with small_disk(idle, "8m") as disk:
        typed(
            idle,
            "nodeadd n1-n20 groups=all,compute nodehm.mgt=ipmi ipmi.bmc=10.0.0.1",
            "chtab key=color site.value=red",
        )
        yield disk


DATABASE = "{0.root}/etc/xcat/xcat.sqlite"

TABLES = ("nodelist", "nodehm", "noderes", "nodetype", "nodepos", "ipmi", "site", "policy", "networks")


def tables(daemon: Daemon) -> list[str]:
    """What is in the tables that these tests change, and in some others."""
    return [typed(daemon, f"tabdump {name}") for name in TABLES]


LARGE = (
    f"nodeadd m1-m{MANY} groups=all,made nodehm.mgt=ipmi nodepos.rack=r1",
    f"mkdef -t node -o m1-m{MANY} groups=all,made mgt=ipmi usercomment=made",
)


def refused(daemon: Daemon, line: str) -> None:
    done = daemon.run(*line.split())
    assert (done.stdout, done.returncode) == ("", 1), done
    wanted = f"Error: The database {DATABASE.format(daemon)} cannot grow, the disk is full: make room and try again\n"
    assert done.stderr.replace("[mn1]: ", "") == wanted


@pytest.mark.parametrize("line", LARGE)
def test_what_does_not_fit_is_refused_in_one_sentence_and_nothing_of_it_is_done(disk: SmallDisk, line: str) -> None:
    before = tables(disk.daemon)
    disk.fill()
    refused(disk.daemon, line)
    assert tables(disk.daemon) == before


def test_small_changes_are_done_wholly_or_refused(disk: SmallDisk) -> None:
    daemon, number = disk.daemon, 0
    disk.fill()
    while (
        done := daemon.run("nodech", "n1", f"nodehm.comments={number}", f"nodepos.comments={number}")
    ).returncode == 0:
        number += 1
        disk.fill()  # what a checkpoint of the database gives back
        assert number < 1000, "the disk never was full"
    assert "the disk is full" in done.stderr
    shown = typed(daemon, "nodels n1 nodehm.comments nodepos.comments").splitlines()
    assert {line.rpartition(": ")[2] for line in shown} == {str(number - 1) if number else ""}


def test_reading_goes_on_and_so_does_writing_when_there_is_room(disk: SmallDisk) -> None:
    daemon = disk.daemon
    assert daemon.process is not None
    shown = typed(daemon, "lsdef -t node -o n1-n20 -l")
    disk.fill()
    refused(daemon, LARGE[0])
    assert typed(daemon, "lsdef -t node -o n1-n20 -l") == shown
    assert typed(daemon, "nodels compute").split() == sorted(f"n{number}" for number in range(1, 21))
    disk.make_room()
    typed(daemon, LARGE[0].replace(str(MANY), "100"), "chtab key=color site.value=blue", "noderm n20")
    assert len(typed(daemon, "nodels all").split()) == 119
    assert daemon.process.poll() is None, "it is the daemon that met the full disk"


def test_the_audit_log_and_the_log_have_what_happened_meanwhile(disk: SmallDisk) -> None:
    daemon = disk.daemon
    disk.fill()
    for number in range(1, 21):
        assert daemon.run("nodels", f"n{number}").returncode == 0
        refused(daemon, LARGE[0])
    disk.make_room()
    typed(daemon, "nodels n1-n5")
    until(lambda: '"n1-n5"' in typed(daemon, "tabdump auditlog"), "the rows that waited")
    rows = typed(daemon, "tabdump auditlog").splitlines()
    for number in range(1, 21):
        assert sum(f'"nodels","n{number}"' in row for row in rows) == 1
    assert sum('"nodeadd"' in row and f"m1-m{MANY}" in row for row in rows) == 20
    log = until(lambda: _log_with(disk, "n1-n5"), "the newest lines of the log")
    events = [json.loads(line) for line in log.splitlines()]
    assert sum(event.get("command") == "nodeadd" and event["event"] == "audit" for event in events) == 21


def _log_with(disk: SmallDisk, text: str) -> str:
    """The whole lines of the log, once it has a text."""
    log = (disk.path / "log/xcatd.log").read_text().rpartition("\n")[0]
    return log if text in log else ""


def test_after_a_restart_all_is_there_that_was_acknowledged(disk: SmallDisk) -> None:
    daemon = disk.daemon
    disk.fill()
    refused(daemon, LARGE[0])
    disk.make_room()
    typed(daemon, "nodech n2 nodehm.comments=later")
    before = tables(daemon)
    daemon.stop()
    disk.start()
    assert tables(daemon) == before


def test_a_daemon_does_not_start_on_a_full_disk_and_says_why(disk: SmallDisk) -> None:
    daemon = disk.daemon
    before = tables(daemon)
    daemon.stop()
    disk.fill()
    with pytest.raises(AssertionError, match="ended with 1"):
        disk.start()
    said = daemon.errors().splitlines()[-1]
    assert (
        said
        == f"xcatd: The database {DATABASE.format(daemon)} cannot be opened, the disk is full: make room and try again"
    )
    disk.make_room()
    disk.start()
    assert tables(daemon) == before
