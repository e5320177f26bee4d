"""One object's rows, and the names of attributes."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import UsageError
from xcatd.objects import TYPES, check_attribute, has_object, object_type
from xcatd.objects.nodes import read_attributes, rows_of


def test_names_of_attributes_are_checked() -> None:
    check_attribute("node", "nicips.eth0")
    check_attribute("node", "passwd.HMC")
    with pytest.raises(UsageError, match=r"'mgt\.x' is not a valid"):
        check_attribute("node", "mgt.x")
    check_attribute("site", "anything")
    check_attribute("monitoring", "anything")
    with pytest.raises(UsageError, match="Type 'nosuch'"):
        check_attribute("nosuch", "mgt")


def test_attributes_may_be_read_before_the_object_exists() -> None:
    cluster = world(nodelist=nodes(n1="all"), nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "new", "mgt": "hmc"}])
    assert not has_object(cluster, "node", "new")
    assert has_object(cluster, "group", "all")
    assert read_attributes(cluster, object_type("node"), "new", {"mgt", "cons"}) == {"mgt": "hmc"}
    assert read_attributes(cluster, object_type("group"), "all", {"mgt"}) == {"mgt": "ipmi"}


def test_rows_are_found_by_the_objects_name_and_the_columns_that_are_fixed() -> None:
    cluster = world(
        ppcdirect=[
            {"hcp": "f1", "username": "HMC", "password": "a"},
            {"hcp": "f1", "username": "admin", "password": "b"},
            {"hcp": "f1", "username": "general", "password": "c", "disable": "1"},
        ]
    )
    entries = {entry.name: entry for entry in TYPES["node"].attributes if entry.table == "ppcdirect"}
    assert [row["password"] for row in rows_of(cluster, entries["passwd.admin"], "f1")] == ["b"]
    assert rows_of(cluster, entries["passwd.general"], "f1") == []
