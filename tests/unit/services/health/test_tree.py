"""The tree of daemons, as text and as items."""

from __future__ import annotations

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World
from xcatd.services.health.tree import attributes, lines, rows

V3 = "Version 3.0.0 (git commit 1111, built today)"
OTHER = "Version 3.0.0 (git commit 2222, built today)"
FACTS = {
    "mn1": {
        "version": V3,
        "tables": "own database",
        "load": "0.10",
        "health sn1": "healthy 200s",
        "health sn2": "dead 35s damped: it has no link",
    },
    "sn1": {"version": OTHER, "tables": "0s old", "load": "1.50", "health sn11": "suspect 3s: it has no link"},
    "sn11": {"version": "Version 2.9 (x)", "tables": "4s old", "load": "0.00"},
}


def cluster() -> World:
    pools = {"n1": "", "n2": "sn1,sn2", "n3": "sn1,sn2", "n4": "sn2, sn1", "n5": "sn11", "n6": "sn1"}
    return world(
        nodelist=nodes(**dict.fromkeys(pools, "compute"), sn21="service"),
        noderes=[
            *({"node": node, "servicenode": pool} for node, pool in pools.items() if pool),
            {"node": "sn21", "servicenode": "sn2"},
        ],
        servicenode=[{"node": "sn21", "tftpserver": "1"}],
    )


def test_each_daemon_stands_below_the_one_above_it() -> None:
    shown = list(lines(rows(cluster(), FACTS, "mn1", is_master=True)))
    assert shown == [
        "mn1       here               3.0.0                                         tables own database  load 0.10  1 node",
        f"  sn1     healthy 3m         {OTHER}  tables 0s old        load 1.50  3 nodes, second for 1 of sn2",
        "    sn11  suspect 3s         2.9                                           tables 4s old        load 0.00  1 node",
        "  sn2     dead 35s (damped)  -                                             -                    -          "
        "2 nodes, second for 2 of sn1",
        "    sn21  unknown 0s         -                                             -                    -          0 nodes",
    ]


def test_who_is_not_healthy_is_said_with_the_reason() -> None:
    found = rows(cluster(), FACTS, "mn1", is_master=True)
    assert {row.name: row.trouble for row in found if row.trouble} == {
        "sn11": "sn11 is suspect for 3s: it has no link",
        "sn2": "sn2 is dead for 35s, and has been so too often lately: it has no link",
        "sn21": "sn21 is unknown for 0s: sn2 does not answer",
    }


def test_a_service_node_shows_what_is_below_it() -> None:
    found = rows(cluster(), FACTS, "sn1", is_master=False)
    assert [(row.name, row.depth, row.nodes) for row in found] == [("sn1", 0, 3), ("sn11", 1, 1)]


def test_items_have_what_is_known() -> None:
    items = {row.name: attributes(row) for row in rows(cluster(), FACTS, "mn1", is_master=True)}
    assert items["mn1"] == {"version": V3, "tables": "own database", "load": "0.10", "nodes": "1"}
    assert items["sn2"] == {
        "above": "mn1",
        "health": "dead",
        "seconds": "35",
        "damped": "1",
        "reason": "it has no link",
        "nodes": "2",
        "second": "sn1:2",
    }
