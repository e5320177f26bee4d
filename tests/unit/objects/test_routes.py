"""Which service nodes a node may use."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import service_pool


@pytest.mark.parametrize(
    ("text", "pool"),
    [("sn1", ("sn1",)), ("sn1,sn2", ("sn1", "sn2")), (" sn2 , ,sn1,sn2", ("sn2", "sn1")), ("", ())],
)
def test_the_pool_is_the_list_from_left_to_right(text: str, pool: tuple[str, ...]) -> None:
    cluster = world(nodelist=nodes(n1="all"), noderes=[{"node": "all", "servicenode": text}])
    assert service_pool(cluster, "n1") == pool
