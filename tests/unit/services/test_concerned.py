"""Which nodes a change of the tables concerns."""

from __future__ import annotations

from tests.unit.objects.worlds import nodes, world
from xcatd.services.concerned import names_in, nodes_called


def test_the_names_of_changed_rows() -> None:
    news = {
        "hosts": frozenset({"n2", "n1"}),
        "nics": frozenset({("n3", "x")}),
        "site": frozenset({"domain"}),
        "mac": None,
    }
    assert names_in(news, ["hosts", "nics", "vpd"]) == ["n1", "n2", "n3"]
    assert names_in(news, ["hosts", "mac"]) is None
    assert names_in(news, ["vpd"]) == []


def test_a_name_is_a_node_or_a_group() -> None:
    small = world(nodelist=nodes(n1="all", n2="all"))
    assert [list(nodes_called(small, name) or ()) for name in ("n1", "all")] == [["n1"], ["n1", "n2"]]
    assert nodes_called(small, "gone") is None
