"""One table at one moment: its rows, and how they are found."""

from __future__ import annotations

import pytest

from xcatd.store import Snapshot

NODES = (("node", "groups", "disable"), [("cn01", "compute", None), ("cn02", "compute", "1"), ("cn03", "gpu", None)])
SITE = (("key", "value"), [("master", "10.0.0.1"), ("domain", None)])
SWITCH = (("node", "switch", "port"), [("cn01", "sw1", "1"), ("cn03", "sw1", "3"), ("cn01", "sw2", "1")])


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot.from_tables({"site": SITE, "nodelist": NODES, "switch": SWITCH})


def test_rows_are_found_by_the_lookup_column(snapshot: Snapshot) -> None:
    assert [row["groups"] for row in snapshot.table("nodelist").find("cn01")] == ["compute"]
    assert [row["switch"] for row in snapshot.table("switch").find("cn01")] == ["sw1", "sw2"]
    assert list(snapshot.table("nodelist").find("cn99")) == []


def test_hidden_rows_are_listed_but_not_found(snapshot: Snapshot) -> None:
    nodes = snapshot.table("nodelist")
    assert [row["node"] for row in nodes.rows] == ["cn01", "cn02", "cn03"]
    assert list(nodes.find("cn02")) == []
    assert list(nodes.keys()) == ["cn01", "cn03"]


def test_keys_are_distinct_and_in_database_order(snapshot: Snapshot) -> None:
    assert list(snapshot.table("switch").keys()) == ["cn01", "cn03"]
    assert list(snapshot.table("site").keys()) == ["master", "domain"]


def test_rows_can_be_counted_sliced_and_walked(snapshot: Snapshot) -> None:
    rows = snapshot.table("switch").rows
    assert len(rows) == 3
    assert rows[-1]["switch"] == "sw2"
    assert [row["port"] for row in rows[:2]] == ["1", "3"]


def test_rows_with_the_same_key_are_all_kept() -> None:
    rows = [("ipmi", None, "a"), ("ipmi", None, "b"), ("ipmi", "ADMIN", "c")]
    passwd = Snapshot.from_tables({"passwd": (("key", "username", "password"), rows)}).table("passwd")
    assert [row["password"] for row in passwd.find("ipmi")] == ["a", "b", "c"]


def test_rows_without_a_key_are_kept_and_have_no_name() -> None:
    site = Snapshot.from_tables({"site": (("key", "value"), [(None, "x"), (None, "y"), ("a", "z")])}).table("site")
    assert [row["value"] for row in site.rows] == ["x", "y", "z"]
    assert list(site.keys()) == ["a"]
    assert [row["value"] for row in site.find("")] == ["x", "y"]
