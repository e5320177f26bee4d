"""Which nodes may have gone from a service node that was away, and whom it asks."""

from __future__ import annotations

from tests.unit.services.takeover.scenes import cluster
from xcatd.services.takeover.fence import asked_by, at_risk

POOLS = {"n1": "sn1,sn2", "n2": "sn2,sn1.c.net", "n3": "sn1", "n4": "sn2,sn3", "n5": "sn1,sn3"}
ME = ("sn1.c.net", "sn1")


def test_those_that_share_it_with_another_one_and_go_by_themselves() -> None:
    there = cluster(POOLS, "60", [{"node": "n5", "after": "0"}])
    assert at_risk(there, ME) == {"n1", "n2"}
    assert at_risk(cluster(POOLS), ME) == frozenset()


def test_not_before_their_time() -> None:
    there = cluster(POOLS, "60", [{"node": "n5", "after": "5"}])
    assert at_risk(there, ME, 59.0) == {"n5"}
    assert at_risk(there, ME, 60.0) == {"n1", "n2", "n5"}


def test_it_asks_the_others_of_its_pools_first() -> None:
    more = {"n6": "sn8,sn9", "n7": "sn4,sn5", "n8": "sn6,sn7"}
    assert asked_by(cluster({**more, **POOLS}), ME) == ["sn2", "sn3", "sn4", "sn5", "sn6"]
