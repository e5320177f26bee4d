"""Which K_g key a node's BMC has."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.objects import endpoint_of

BMC: Rows = [{"node": "all", "bmc": "b", "username": "u", "password": "p"}]


@pytest.mark.parametrize(
    ("keys", "kg"),
    [
        ({}, ""),
        ({"": "for all"}, "for all"),
        ({"": "for all", "rack2": "of the rack"}, "of the rack"),
        ({"": "for all", "rack2": "of the rack", "n7": "0x6b6579"}, "0x6b6579"),
        ({"rack1": "another rack's"}, ""),
        ({"rack2": "second", "all": "first"}, "first"),
    ],
)
def test_the_key_of_the_node_goes_before_that_of_a_group_and_that_before_the_one_for_all(
    keys: dict[str, str], kg: str
) -> None:
    cluster = world(
        nodelist=nodes(n7="all,rack2"),
        ipmi=BMC,
        passwd=[{"key": "ipmikg", "username": user, "password": text} for user, text in keys.items()],
    )
    assert endpoint_of(cluster, "n7", "ipmi").kg.reveal() == kg
