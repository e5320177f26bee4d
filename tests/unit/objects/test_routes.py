"""Which service nodes a node may use."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import reached_centrally, service_pool


@pytest.mark.parametrize(
    ("text", "pool"),
    [("sn1", ("sn1",)), ("sn1,sn2", ("sn1", "sn2")), (" sn2 , ,sn1,sn2", ("sn2", "sn1")), ("", ())],
)
def test_the_pool_is_the_list_from_left_to_right(text: str, pool: tuple[str, ...]) -> None:
    cluster = world(nodelist=nodes(n1="all"), noderes=[{"node": "all", "servicenode": text}])
    assert service_pool(cluster, "n1") == pool


@pytest.mark.parametrize(
    ("said", "central"), [("", set()), ("y", set()), ("n", {"n1", "n2"}), ("NO", {"n1", "n2"}), ("0", {"n1", "n2"})]
)
def test_with_ipmidispatch_off_the_management_node_reaches_what_ipmi_manages(said: str, central: set[str]) -> None:
    cluster = world(
        nodelist=nodes(n1="all", n2="all", n3="all"),
        nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "n2", "power": "pdu"}, {"node": "n3", "mgt": "redfish"}],
        site=[{"key": "ipmidispatch", "value": said}] if said else (),
    )
    assert set(reached_centrally(cluster, ("n1", "n2", "n3"))) == central
