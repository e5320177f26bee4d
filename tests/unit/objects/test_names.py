"""Which objects there are."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound, UsageError
from xcatd.objects import exists, object_names

CLUSTER = world(
    nodelist=nodes(n10="all", n2="all,rack1", n1=""),
    nodegroup=[
        {"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==ipmi"},
        {"groupname": "off", "disable": "1"},
    ],
    networks=[
        {"netname": "b", "net": "10.1.0.0", "mask": "255.255.0.0"},
        {"netname": "a", "net": "10.0.0.0", "mask": "255.255.0.0"},
        {"netname": "off", "net": "10.2.0.0", "mask": "255.255.0.0", "disable": "1"},
    ],
    osimage=[{"imagename": "img"}],
    policy=[{"priority": "1", "name": "root"}],
)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("node", ["n1", "n10", "n2"]),
        ("group", ["all", "dyn", "rack1"]),
        ("network", ["a", "b"]),
        ("osimage", ["img"]),
        ("policy", ["1"]),
        ("site", ["clustersite"]),
        ("rack", []),
        ("zvmivp", []),
    ],
)
def test_the_names_of_a_type_are_sorted_and_those_objects_exist(kind: str, names: list[str]) -> None:
    assert object_names(CLUSTER, kind) == names
    assert all(exists(CLUSTER, kind, name) for name in names)
    assert not exists(CLUSTER, kind, "off")


def test_types_that_are_none_and_logs() -> None:
    with pytest.raises(UsageError, match="Type 'nosuch' is not a valid xCAT object type"):
        object_names(CLUSTER, "nosuch")
    with pytest.raises(UsageError, match="Type 'nosuch'"):
        exists(CLUSTER, "nosuch", "x")
    with pytest.raises(NotFound, match="Table eventlog is a log"):
        object_names(CLUSTER, "eventlog")
