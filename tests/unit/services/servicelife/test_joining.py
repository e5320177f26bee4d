"""What makes a node a service node in the tables."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound, UsageError
from xcatd.services.servicelife.joining import Above, apart, joined, pooled, services_in
from xcatd.store import Put

ABOVE = Above("mn1", "10.0.0.1")
PLACES = {"servicenode": "mn1", "xcatmaster": "10.0.0.1"}


def test_a_node_gets_its_group_its_services_and_who_is_above_it() -> None:
    made = joined(world(nodelist=nodes(sn1="ipmi,all")), ["sn1"], ABOVE, {})
    assert made == [
        Put("nodelist", {"node": "sn1"}, {"groups": "ipmi,all,service"}),
        Put("servicenode", {"node": "sn1"}, {"nfsserver": "1", "nameserver": "1", "tftpserver": "1"}),
        Put("noderes", {"node": "sn1"}, PLACES),
    ]


def test_what_the_tables_say_already_counts() -> None:
    there = world(
        nodelist=nodes(sn1="service", sn2=""),
        servicenode=[{"node": "service", "dhcpserver": "1"}],
        noderes=[{"node": "service", "servicenode": "mn1"}, {"node": "sn2", "xcatmaster": "mn1-c"}],
    )
    assert joined(there, ["sn1"], ABOVE, {}) == [Put("noderes", {"node": "sn1"}, {"xcatmaster": "10.0.0.1"})]
    assert joined(there, ["sn2"], ABOVE, {}) == [Put("nodelist", {"node": "sn2"}, {"groups": "service"})]


def test_who_is_above_one_below_another_service_node_is_not_known_here() -> None:
    there = world(nodelist=nodes(sn9="service"), noderes=[{"node": "sn9", "servicenode": "sn1"}])
    assert [change.table for change in joined(there, ["sn9"], ABOVE, {})] == ["servicenode"]


def test_words_set_the_columns_of_the_node_itself() -> None:
    there = world(
        nodelist=nodes(sn1="service"),
        servicenode=[{"node": "sn1", "tftpserver": "1"}],
        noderes=[{"node": "sn1", **PLACES}],
    )
    assert joined(there, ["sn1"], ABOVE, services_in("tftpserver")) == []
    assert joined(there, ["sn1"], ABOVE, services_in("tftpserver, nameserver=2")) == [
        Put("servicenode", {"node": "sn1"}, {"nameserver": "2"})
    ]


@pytest.mark.parametrize("word", ["tftp", "node", "comments=x", "=1"])
def test_a_word_that_is_no_service_is_named(word: str) -> None:
    with pytest.raises(UsageError, match=r"There is no service '.*': it is one of nameserver, dhcpserver, "):
        services_in(word)


def test_service_nodes_come_at_the_end_of_a_pool() -> None:
    there = world(
        nodelist=nodes(n1="rack1", n2="rack1"),
        noderes=[{"node": "rack1", "servicenode": "sn1, sn2"}, {"node": "n2", "servicenode": "sn2"}],
    )
    assert pooled(there, "rack1", ["sn2", "sn3"]) == [Put("noderes", {"node": "rack1"}, {"servicenode": "sn1,sn2,sn3"})]
    assert pooled(there, "rack1", ["sn1"]) == []
    assert apart(there, "rack1") == ["n2"]


def test_what_is_no_pool_is_refused() -> None:
    there = world(nodelist=nodes(n1="rack1"), noderes=[{"node": "rack1", "servicenode": r"|n(\d+)|sn($1)|"}])
    with pytest.raises(NotFound, match="There is no group rack9"):
        pooled(there, "rack9", ["sn1"])
    with pytest.raises(UsageError, match="is worked out by a rule"):
        pooled(there, "rack1", ["sn1"])
