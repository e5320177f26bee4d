"""The whole hosts file of a small cluster, against files that were read by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World
from xcatd.services.hosts import Places, Wish, rendered, update
from xcatd.services.hostsfile import FRESH, Order
from xcatd.services.networks import Address

GOLDEN = Path(__file__).with_name("golden")
BEFORE = (GOLDEN / "before").read_text()


def cluster(**more: str) -> World:
    """Three nodes by name, two of a group, one without an address and one that table hosts does not name."""
    return world(
        nodelist=nodes(n1="all", n2="all", n3="all", r01="rack,all", r02="rack,all", s1="all", aside="all"),
        site=[{"key": "domain", "value": "cluster.net"}],
        hosts=[
            {"node": "n1", "ip": "10.0.0.1", "hostnames": "one,eins", "otherinterfaces": "-mgt:10.9.0.1"},
            {"node": "n2", "ip": "10.0.0.2"},
            {"node": "n3", "ip": "2001:db8::3", "hostnames": "n3.six.net"},
            {"node": "rack", "ip": "|r(\\d+)|10.1.0.($1+0)|", "hostnames": "|r(\\d+)|node($1)|"},
            {"node": "s1", "hostnames": "store"},
        ],
        nics=[{"node": "rack", "nicips": "ib0!|r(\\d+)|10.3.0.($1+0)|", "nicaliases": "ib0!fast"}],
        networks=[
            {"netname": "ib", "net": "10.3.0.0", "mask": "255.255.0.0", "domain": "ib.net"},
            {"netname": "six", "net": "2001:db8::/64", "mask": "/64", "domain": "six.net"},
            {"netname": "bad", "net": "x", "mask": "y", "disable": more.get("bad", "1")},
        ],
        mac=[{"node": "n1", "mac": "00:16:3e:12:34:56"}, {"node": "n2", "mac": "00:16:3e:12:34:57"}],
    )


ALL = Wish(None)


@pytest.mark.parametrize(
    ("golden", "old", "wish"),
    [
        ("all", BEFORE, ALL),
        ("new-long", BEFORE, Wish(None, fresh=True, order=Order.LONG)),
        ("others-first", BEFORE, Wish(["n1", "r01"], order=Order.ALIASES, add_domain=True)),
        ("link-local", BEFORE, Wish(["n1", "n2", "r01"], link_local=True)),
        ("removed", None, Wish(["n1", "n2", "n3", "r01"], delete=True)),
    ],
)
def test_the_file_is_the_one_that_was_read_by_hand(golden: str, old: str | None, wish: Wish) -> None:
    text = (GOLDEN / "all").read_text() if old is None else FRESH if wish.fresh else old
    made, _ = rendered(text, cluster(), wish)
    assert made.text == (GOLDEN / golden).read_text()
    again, _ = rendered(FRESH if wish.fresh else made.text, cluster(), wish)
    assert again.text == made.text


@pytest.mark.parametrize(
    ("resolved", "line", "said"),
    [
        ({}, None, ["Ignoring node 's1', it can not be resolved."]),
        ({"s1": ip_address("10.0.0.9")}, "10.0.0.9 s1 s1.cluster.net store", []),
    ],
)
def test_what_the_resolver_says_counts_for_nodes_that_were_named(
    resolved: Mapping[str, Address], line: str | None, said: list[str]
) -> None:
    made, troubles = rendered(FRESH, cluster(), Wish(["s1"], resolved))
    assert made.text == FRESH + (f"{line}\n" if line else "")
    assert [one.text for one in troubles] == said


def test_what_is_wrong_is_said_and_the_rest_is_done() -> None:
    made, troubles = rendered(FRESH, cluster(bad="0"), ALL)
    assert [(one.text, one.failed) for one in troubles] == [
        ("The network bad cannot be read: correct net 'x' and mask 'y'", False),
        ("Invalid IP Addr '' for node 's1'.", True),
    ]
    assert "10.0.0.1 n1" in made.text


def test_an_address_that_another_node_has_in_the_tables_is_refused() -> None:
    two = world(
        nodelist=nodes(n1="", n2="", n3=""),
        site=[{"key": "domain", "value": "c.net"}],
        hosts=[{"node": "n1", "ip": "10.0.0.1"}, {"node": "n2", "ip": "10.0.0.1"}, {"node": "n3", "ip": "10.0.0.3"}],
    )
    text = "10.0.0.1 n1 n1.c.net\n10.0.0.3 n1x n1\n"
    made, troubles = rendered(text, two, Wish(["n2", "n3"]))
    assert made.text == "10.0.0.1 n1 n1.c.net\n10.0.0.3 n3 n3.c.net\n"
    assert [one.text for one in troubles] == [
        "Ignoring the address 10.0.0.1 of node 'n2', it is that of node 'n1': correct the table hosts or nics of one of them."
    ]
    gone, _ = rendered(made.text, two, Wish(["n2"], delete=True))
    assert gone.text == made.text


def placed(folder: Path, text: str) -> Places:
    places = Places(folder)
    places.hosts.parent.mkdir()
    places.hosts.write_text(text)
    return places


def test_the_file_and_its_backup_are_written_once(tmp_path: Path) -> None:
    places, snapshot = placed(tmp_path, BEFORE), cluster().snapshot
    assert update(places, lambda: snapshot, ALL).changed
    assert places.hosts.read_text() == (GOLDEN / "all").read_text()
    assert places.backup.read_text() == BEFORE
    assert not update(places, lambda: snapshot, ALL).changed
    assert places.backup.read_text() == BEFORE


def test_a_dry_run_shows_the_difference_and_writes_nothing(tmp_path: Path) -> None:
    places, snapshot = placed(tmp_path, BEFORE), cluster().snapshot
    done = update(places, lambda: snapshot, Wish(["n1"]), dry_run=True)
    assert done.changed
    assert [line for line in done.diff if line[0] in "+-"] == [
        f"--- {places.hosts}",
        f"+++ {places.hosts} (new)",
        "-10.0.0.1 oldname   # rack 1",
        "+10.0.0.1 n1 n1.cluster.net one eins # rack 1",
        "+10.9.0.1 n1-mgt n1-mgt.cluster.net",
    ]
    assert places.hosts.read_text() == BEFORE
    assert not places.backup.exists()


def test_a_host_without_the_file_gets_one_that_names_localhost(tmp_path: Path) -> None:
    places, snapshot = placed(tmp_path, ""), cluster().snapshot
    places.hosts.unlink()
    assert not update(places, lambda: snapshot, Wish(["n2"], delete=True)).changed
    assert update(places, lambda: snapshot, Wish(["n2"])).changed
    assert places.hosts.read_text() == f"{FRESH}10.0.0.2 n2 n2.cluster.net\n"
    assert not places.backup.exists()


async def test_runs_at_once_all_leave_their_lines(tmp_path: Path) -> None:
    places, snapshot = placed(tmp_path, FRESH), cluster().snapshot
    async with asyncio.TaskGroup() as group:
        for node in ("n1", "n2", "n3", "r01", "r02"):
            group.create_task(asyncio.to_thread(update, places, lambda: snapshot, Wish([node])))
    everything, _ = rendered(FRESH, cluster(), ALL)
    assert sorted(places.hosts.read_text().splitlines()) == sorted(everything.text.splitlines())
