"""`replaycons` as people type it: on the host of the log, and through a service node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.helpers.alone import credentials, run_with, typed, until
from tests.helpers.atterminal import at_terminal
from tests.helpers.cluster import Cluster, Daemon, build
from xcatd.consoles.log.appending import Appending
from xcatd.consoles.log.backlog import Mark
from xcatd.consoles.log.moments import shown
from xcatd.consoles.log.places import FOLDER, Places

BEGUN = int(datetime(2026, 11, 21, 14).timestamp() * 1000)
"""When the first word was said, ms."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = build(tmp_path_factory.mktemp("replay"), ("sn1",))
    try:
        for daemon in cluster.all:
            daemon.start()
        cluster.linked()
        typed(
            cluster.management,
            "nodeadd n1,n2 groups=compute noderes.servicenode=sn1",
            "nodeadd m1,m2,m3 groups=near",
        )
        yield cluster
    finally:
        cluster.stop()


def say(daemon: Daemon, node: str, *said: tuple[int, bytes], note: str = "") -> None:
    """Have a console's log on the daemon's host: what came how many ms after the beginning."""
    file = Appending(Places(daemon.root / FOLDER), node, BEGUN)
    for ms, octets in said:
        file.append(octets)
        file.mark([Mark(len(octets), BEGUN + ms)], len(octets))
    if note:
        file.mark([Mark(0, BEGUN + said[-1][0], note)], 0)
    file.save_times()
    file.close()


def at(ms: int) -> str:
    return shown(BEGUN + ms)


NEWEST = f"m1: {at(2000)} [root@mn1 attached]\nm1: {at(2000)} login: \n"
"""The last line of m1, which has no end yet, and what happened behind it."""


def test_a_group_is_one_stream_in_the_order_of_time(cluster: Cluster) -> None:
    say(cluster.management, "m1", (0, b"\x1b[1mboot\x1b[0m\r\n"), (2000, b"up\r\nlogin: "), note="root@mn1 attached")
    say(cluster.management, "m2", (1000, b"boot\n"), (3000, b"panic\n"))
    done = cluster.management.run("replaycons", "m1,m2")
    assert done.stdout.splitlines() == [
        f"m1: {at(0)} boot",
        f"m2: {at(1000)} boot",
        f"m1: {at(2000)} up",
        f"m1: {at(2000)} [root@mn1 attached]",
        f"m2: {at(3000)} panic",
        f"m1: {at(2000)} login: ",
    ]
    assert (done.stderr, done.returncode) == ("", 0)
    assert typed(cluster.management, "replaycons m1,m2 --from '2026-11-21 14:00:01' --to '2026-11-21 14:00:03'") == (
        f"m2: {at(1000)} boot\nm1: {at(2000)} up\nm1: {at(2000)} [root@mn1 attached]\nm1: {at(2000)} login: \n"
    )
    assert typed(cluster.management, "replaycons m2 -n 1") == f"m2: {at(3000)} panic\n"


def test_a_node_without_a_log_is_named_and_the_others_are_shown(cluster: Cluster) -> None:
    say(cluster.management, "m1")
    done = cluster.management.run("replaycons", "m1,m3", "-n", "1")
    assert done.stdout == NEWEST
    place = cluster.management.root / FOLDER / "m3"
    assert done.stderr == (
        f"m3: [mn1]: Error: nothing that its console said is on this host ({place}): see consoleondemand, or rcons\n"
    )
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("m1 --from yesterday", "'yesterday' is no time; write it as 14:00"),
        ("m1 -n 5 --from 14:00", "Say either where to begin (--from) or how many lines (-n)"),
        ("m1 -s 0", "Numbers of lines, bits per second and the speed are more than 0"),
        ("near 19200", "3 consoles cannot be played at once"),
        ("nosuch", "Invalid nodes and/or groups in noderange: nosuch"),
    ],
)
def test_words_that_make_no_sense_are_refused(cluster: Cluster, words: str, error: str) -> None:
    done = cluster.management.run("replaycons", *words.split())
    assert (done.stdout, done.returncode) == ("", 1)
    assert error in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_log_of_a_service_node_is_played_at_the_terminal(cluster: Cluster) -> None:
    say(cluster.services[0], "n1", (0, b"POST\r\n"), (500, b"\x1b[32mboot\x1b[0m\r\n"), (86_400_000, b"login: "))
    with at_terminal(cluster.management, "replaycons", "n1", "-s", "100000") as sitting:
        assert sitting.end() == (0, "POST\r\n\x1b[32mboot\x1b[0m\r\nlogin: \r\n")
    with at_terminal(cluster.management, "replaycons", "n1", "-s", "0.01") as sitting:
        sitting.shell.see("POST")
        sitting.shell.type(" ")
        sitting.shell.type("+")
        sitting.shell.see("[speed 0.02]")
        sitting.shell.type("q")
        assert sitting.end()[0] == 0


def test_what_old_users_type_works(cluster: Cluster) -> None:
    say(cluster.services[0], "n2", (0, b"one\r\n"), (500, b"two\r\n"), (86_400_000, b"three\r\n"))
    assert cluster.management.run("replaycons", "n2", "19200", "2").stdout == "two\nthree\n"
    with at_terminal(cluster.management, "replaycons", "n2", "19200", "2") as sitting:
        assert sitting.end() == (0, "two\r\nthree\r\n\r\n")
    with at_terminal(cluster.management, "replaycons", "n2", "--text", "-n", "1") as sitting:
        assert sitting.end() == (0, f"n2: {at(86_400_000)} three\r\n")


def test_a_group_is_followed_until_the_caller_goes(cluster: Cluster) -> None:
    say(cluster.services[0], "n1")
    with at_terminal(cluster.management, "replaycons", "compute,near", "-f") as sitting:
        sitting.shell.see("three\r\n")
        say(cluster.services[0], "n2", (90_000_000, b"from below\n"))
        sitting.shell.see("n2: " + at(90_000_000) + " from below\r\n")
        say(cluster.management, "m3", (90_000_001, b"a console that is new\n"))
        sitting.shell.see("m3: " + at(90_000_001) + " a console that is new\r\n")
        sitting.shell.type("\x03")
        sitting.end()
    (cluster.management.root / FOLDER / "m3").unlink()


def test_only_those_whom_the_policy_allows_see_it(cluster: Cluster, tmp_path: Path) -> None:
    ann = credentials(cluster.management, "ann")
    typed(
        cluster.management,
        "chtab priority=6 policy.name=ann policy.commands=replaycons policy.noderange=m1 policy.rule=allow",
    )
    until(lambda: "ann" in typed(cluster.management, "tabdump policy"), "the row")

    def as_ann(node: str) -> tuple[str, str]:
        done = run_with(cluster.management, (), "replaycons", node, "-n", "1", XCAT_CREDENTIALS=str(ann))
        return done.stdout, done.stderr

    assert as_ann("m1") == (NEWEST, "")
    assert as_ann("m2") == ("", "Error: Permission denied for request\n")
