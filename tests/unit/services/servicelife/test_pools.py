"""Who names a service node, and what ends one in the tables."""

from __future__ import annotations

from tests.unit.objects.worlds import nodes, world
from xcatd.services.servicelife.pools import held, named, retired
from xcatd.store import Delete, Put

WORLD = world(
    nodelist=nodes(sn1="service,all", n1="rack1", n2="rack1", n3="", n4="", n5="rack2"),
    servicenode=[{"node": "sn1", "tftpserver": "1"}],
    sndrained=[{"node": "sn1", "state": "drained"}],
    noderes=[
        {"node": "rack1", "servicenode": "sn2,sn1"},
        {"node": "n3", "servicenode": "sn1"},
        {"node": "rack2", "servicenode": r"|n(\d+)|sn2,sn(($1)-4)|"},
    ],
    nodehm=[{"node": "n1", "conserver": "sn1:sn1-c"}, {"node": "n4", "conserver": "sn2,sn1:sn2-c"}],
)


def test_what_it_holds_is_where_it_is_the_first() -> None:
    found = held(WORLD, "sn1")
    assert (found.nodes, found.consoles) == (["n3"], ["n1", "n3"])
    assert named(WORLD, "sn1") == ["n1", "n2", "n3", "n4", "n5"]
    assert (held(WORLD, "sn9").nodes, named(WORLD, "sn9")) == ([], [])


def test_it_leaves_its_pools_its_row_and_its_group() -> None:
    assert retired(WORLD, "sn1") == [
        Put("noderes", {"node": "rack1"}, {"servicenode": "sn2"}),
        Put("noderes", {"node": "n3"}, {"servicenode": None}),
        Put("nodehm", {"node": "n1"}, {"conserver": None}),
        Put("nodehm", {"node": "n4"}, {"conserver": "sn2:sn2-c"}),
        Delete("servicenode", {"node": "sn1"}),
        Delete("sndrained", {"node": "sn1"}),
        Put("nodelist", {"node": "sn1"}, {"groups": "all"}),
    ]
    assert retired(world(nodelist=nodes(sn1="all")), "sn1") == []
