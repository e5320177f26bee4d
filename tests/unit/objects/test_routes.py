"""Which service nodes a node may use."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import reached_centrally, service_pool
from xcatd.objects.routes import Monitors, console_pools, monitors_of


@pytest.mark.parametrize(
    ("text", "pool"),
    [("sn1", ("sn1",)), ("sn1,sn2", ("sn1", "sn2")), (" sn2 , ,sn1,sn2", ("sn2", "sn1")), ("", ())],
)
def test_the_pool_is_the_list_from_left_to_right(text: str, pool: tuple[str, ...]) -> None:
    cluster = world(nodelist=nodes(n1="all"), noderes=[{"node": "all", "servicenode": text}])
    assert service_pool(cluster, "n1") == pool


@pytest.mark.parametrize(
    ("conserver", "pool"),
    [("", ("sn1", "sn2")), ("sn3", ("sn3",)), ("sn3,sn1", ("sn3", "sn1")), ("sn3,sn1:sn3-c", ("sn3", "sn1"))],
)
def test_a_console_belongs_to_its_own_pool_else_to_that_of_the_node(conserver: str, pool: tuple[str, ...]) -> None:
    cluster = world(
        nodelist=nodes(n1="all"),
        noderes=[{"node": "all", "servicenode": "sn1,sn2"}],
        nodehm=[{"node": "all", "conserver": conserver}],
    )
    assert console_pools(cluster, ["n1"]) == [pool]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Monitors(())),
        ("sn1", Monitors(("sn1",))),
        ("sn1,sn1-c", Monitors(("sn1",), "sn1-c")),
        ("sn1,sn2", Monitors(("sn1", "sn2"))),
        ("sn1,sn4", Monitors(("sn1", "sn4"))),
        ("a, b,c", Monitors(("a", "b", "c"))),
    ],
)
def test_two_monitoring_servers_are_a_pool_where_both_serve_nodes(text: str, found: Monitors) -> None:
    cluster = world(
        nodelist=nodes(n1="all", sn4="service"),
        noderes=[{"node": "all", "servicenode": "sn1,sn2", "monserver": text}],
        servicenode=[{"node": "service", "monserver": "1"}],
    )
    assert monitors_of(cluster, "n1") == found


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
