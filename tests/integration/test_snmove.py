"""`snmove` with two service nodes and nodes that let ssh in: tables, consoles, and what runs on the nodes afterwards."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.alone import credentials, typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.movesite import AT_SN1, AT_SN2, Site, held, move_site
from tests.helpers.stage import Typed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with move_site(tmp_path_factory.mktemp("snmove")) as site:
        yield site


@pytest.fixture
def site(whole: Site) -> Site:
    """Nodes as at the beginning."""
    typed(
        whole.mn,
        "nodech n1,n2 noderes.servicenode=sn1,sn2 noderes.xcatmaster=127.0.1.1 "
        "noderes.nfsserver=127.0.1.1 nodehm.conserver=sn1",
    )
    whole.script("echo $NODE by $HOST")
    (whole.folder / "routes").unlink(missing_ok=True)
    return whole


def log_of(daemon: Daemon, node: str) -> str:
    path = daemon.root / "var/log/consoles" / node
    return path.read_text() if path.exists() else ""


def test_nodes_move_and_what_serves_them_follows(site: Site) -> None:
    until(lambda: "console of n1" in log_of(site.sn1, "n1"), "the console on sn1")
    done = site.snmove("n1,n2", "-V")
    assert (done.returncode, done.stderr) == (0, "")
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN2, AT_SN2)
    said = {line.replace("[mn1]: ", "").replace("[sn2]: ", "") for line in done.stdout.splitlines()}
    assert {
        text for n in ("n1", "n2") for text in (f"{n}: {n} by sn2", f"{n}: moved from sn1 to sn2 (127.0.1.2)")
    } <= said
    assert site.routes() == [f"{site.folder}/{n} route replace default via 127.0.1.2" for n in ("n1", "n2")]
    until(lambda: "console of n1" in log_of(site.sn2, "n1"), "the console on sn2")
    until(lambda: typed(site.mn, "lscons n1").startswith("n1: up since"), "the console that is shown")
    (back,) = (line.partition(": ")[2] for line in said if line.startswith("The way back: "))
    assert back.startswith("snmove --rollback ")
    assert [line for line in typed(site.mn, back).splitlines() if line.startswith("n")] == [
        f"{n}: moved back from sn2 to sn1" for n in ("n1", "n2")
    ]
    assert site.routes() == [
        f"{site.folder}/{n} route replace default via 127.0.1.{sn}" for n in ("n1", "n2") for sn in (1, 2)
    ]
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN1, AT_SN1)


def test_nodes_may_be_left_alone(site: Site) -> None:
    done = site.snmove("n1", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Moving nodes to their backup service nodes.",
        "Setting new values in the xCAT database.",
        "n1: moved from sn1 to sn2 (127.0.1.2)",
    ]
    assert (site.cells("n1"), site.cells("n2"), site.routes()) == (AT_SN2, AT_SN1, [])
    assert site.snmove("n1", "-d", "sn2", "-i").stdout.endswith("n1: is with sn2 already\n")


def test_a_dry_run_shows_all_of_it_and_does_nothing(site: Site) -> None:
    done = site.snmove("n1", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "n1: nodehm.conserver: sn1 -> sn2",
        "n1: noderes.nfsserver: 127.0.1.1 -> 127.0.1.2",
        "n1: noderes.servicenode: sn1,sn2 -> sn2,sn1",
        "n1: noderes.xcatmaster: 127.0.1.1 -> 127.0.1.2",
        "n1: then: xdsh ip route replace default via 127.0.1.2",
        "n1: then: updatenode -P syslog",
    ]
    assert (site.cells("n1"), site.routes()) == (AT_SN1, [])


def test_one_that_cannot_be_moved_holds_up_all(site: Site) -> None:
    done = site.snmove("n1,n3")
    assert (done.returncode, done.stdout) == (1, "")
    assert "n3: [mn1]: Error: Could not determine a backup service node for node n3" in done.stderr
    assert "Nothing has been changed" in done.stderr
    assert site.cells("n1") == AT_SN1


def test_all_nodes_of_a_service_node_move(site: Site) -> None:
    done = site.snmove("-s", "sn1", "-S", "127.0.1.1", "-d", "sn2", "-D", "127.0.1.2", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert site.cells("n1") == site.cells("n2") == AT_SN2
    assert site.cells("n3")[:2] == AT_SN2[:2]
    done = site.snmove("-s", "sn1")
    assert (done.returncode, "No node has sn1 as its first service node" in done.stderr) == (1, True)
    typed(site.mn, "nodech n3 noderes.servicenode=sn1 noderes.xcatmaster=127.0.1.1")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "snmove needs a noderange, or -s"),
        ("n1 -s sn1", "snmove takes a noderange or -s, not both"),
        ("n1 -i -P syslog", "snmove -i leaves the nodes alone, and -P runs scripts on them"),
        ("n1 -l", "snmove -l and -n are for AIX"),
        ("n1 -d sn9", "There is no node sn9"),
        ("n1 -D a;b", "snmove: 'a;b' is neither a name nor an address of a host"),
        ("n1 -P none", "/install/postscripts/none does not exist"),
        ("n1 n2", "n2"),
        ("n1 --resume", "snmove --resume takes no nodes and no other words"),
        ("--rollback 1 -i", "snmove --rollback takes no nodes and no other words"),
        ("--list --resume", "snmove --list and --resume do not go together"),
        ("--resume=x", "'x' is no number of a move"),
        ("--resume 99999", "There is no snmove 99999: snmove --list shows"),
        ("--resume", "No snmove is open: say which one is meant"),
        ("n1 --takeover", "snmove --takeover is said by the daemon alone"),
    ],
)
def test_what_makes_no_sense_is_refused(site: Site, words: str, sentence: str) -> None:
    done = site.snmove(*words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert site.cells("n1") == AT_SN1


def test_a_step_that_fails_is_said_for_its_nodes_and_the_tables_stay(site: Site) -> None:
    site.script('echo $NODE by $HOST; [ "$NODE" = n1 ]')
    done = site.snmove("n1,n2")
    assert done.returncode == 1
    assert "n1: moved from sn1 to sn2 (127.0.1.2)" in done.stdout
    told = "n2: [mn1]: Error: moved from sn1 to sn2 (127.0.1.2) in the tables, and stays so, but this is not done: "
    (line,) = (line for line in done.stderr.splitlines() if line.startswith(told))
    assert line.startswith(f"{told}updatenode -P syslog; do it again by: snmove --resume ")
    assert site.cells("n2") == AT_SN2
    site.script("echo $NODE by $HOST")
    again = line.partition("again by: ")[2].split()
    done = site.mn.run(*again, "-V")
    assert (done.returncode, done.stderr) == (0, "")
    assert "n2: [sn2]: n2 by sn2\n" in done.stdout and "n1 by" not in done.stdout
    assert f"snmove {again[-1]} has ended, and all of its steps are done" in site.mn.run(*again).stderr


def test_who_may_not_touch_the_nodes_of_a_service_node_may_not_move_them(site: Site) -> None:
    folder = credentials(site.mn, "bob")
    row = "policy.name=bob policy.commands=snmove policy.noderange=n1 policy.rule=allow"
    typed(site.mn, f"chtab priority=7 {row}")
    done = site.mn.run("snmove", "-s", "sn1", "-i", tls=True, XCAT_CREDENTIALS=str(folder))
    assert (done.returncode, "Permission denied" in done.stderr) == (1, True)
    assert site.cells("n1") == AT_SN1


def test_who_breaks_a_move_off_leaves_it_open_and_it_can_be_finished(site: Site) -> None:
    with held(site, "route") as waits, Typed(site.mn, "snmove", "n1") as command:
        until(waits, "the step on n1")
        assert "moving, under way: n1 from sn1 to sn2" in typed(site.mn, "snmove --list")
        command.process.send_signal(signal.SIGINT)
        assert command.end()[0] != 0
        until(lambda: "moving, interrupted: n1 " in typed(site.mn, "snmove --list"), "its end on the management node")
    assert "was interrupted: finish it with snmove --resume" in site.snmove("n1", "-d", "sn1", "-i").stderr
    assert typed(site.mn, "snmove --resume").endswith("n1: moved from sn1 to sn2 (127.0.1.2)\n")
    assert site.routes()[-1] == f"{site.folder}/n1 route replace default via 127.0.1.2"


def test_two_do_not_move_the_same_node_at_once(site: Site) -> None:
    site.script(f"touch {site.folder}/there; while [ ! -e {site.folder}/go ]; do sleep 0.1; done")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(site.snmove, "n1")
        try:
            until((site.folder / "there").exists, "the script on n1")
            second, third = site.snmove("n1,n2", "-i"), site.snmove("-s", "sn2", "-d", "sn1", "-i")
            back, shown = site.snmove("--rollback"), typed(site.mn, "snmove --list")
            other = site.snmove("n2", "-i")
        finally:
            (site.folder / "go").touch()
        assert first.result().returncode == 0
    for refused in (second, third, back):
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "another snmove works on n1: try again" in refused.stderr
    assert "moving, under way: n1 from sn1 to sn2, began " in shown.splitlines()[0]
    assert other.returncode == 0
    assert (site.cells("n1"), site.cells("n2")) == (AT_SN2, AT_SN2)
