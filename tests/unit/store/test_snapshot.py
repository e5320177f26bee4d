"""A snapshot is the whole configuration at one moment."""

from __future__ import annotations

import pytest

from xcatd.errors import NotFound
from xcatd.store import Snapshot, TableData, dump_table

SITE = (("key", "value"), [("master", "10.0.0.1"), ("domain", None)])
NODES = (("node", "groups"), [("cn01", "compute"), ("cn02", "gpu")])


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot.from_tables({"site": SITE, "nodelist": NODES}, revision=7)


def test_site_values(snapshot: Snapshot) -> None:
    assert snapshot.site("master") == "10.0.0.1"
    assert snapshot.site("domain", "cluster") == "cluster"
    assert snapshot.site("nothing") == ""


def test_tables_that_were_not_sent_are_empty(snapshot: Snapshot) -> None:
    assert len(snapshot.table("ipmi").rows) == 0
    assert len(list(snapshot)) == 74


def test_an_unknown_table_is_named(snapshot: Snapshot) -> None:
    assert "colours" not in snapshot
    with pytest.raises(NotFound, match="No such table: colours"):
        snapshot.table("colours")


def test_logs_are_not_in_a_snapshot(snapshot: Snapshot) -> None:
    assert "auditlog" not in snapshot
    with pytest.raises(NotFound, match="auditlog is a log"):
        snapshot.table("auditlog")


def test_columns_of_another_version_are_left_out_and_missing_ones_are_empty() -> None:
    data: dict[str, TableData] = {
        "site": (("shade", "value", "key"), [("blue", "10.0.0.1", "master")]),
        "paint": (("tin",), [("1",)]),
    }
    snapshot = Snapshot.from_tables(data)
    assert dict(snapshot.table("site").rows[0]) == {"key": "master", "value": "10.0.0.1", "comments": "", "disable": ""}
    assert "paint" not in snapshot


def test_replacing_a_table_leaves_the_old_snapshot_as_it_was(snapshot: Snapshot) -> None:
    later = snapshot.replace("site", [("master", "10.0.0.2", None, None)])
    assert (snapshot.site("master"), later.site("master")) == ("10.0.0.1", "10.0.0.2")
    assert later.table("nodelist") is snapshot.table("nodelist")
    assert (snapshot.revision, later.revision) == (7, 8)
    assert snapshot.replace("site", [("master",)], columns=("key",), revision=40).revision == 40


def test_a_dumped_table_makes_the_same_table(snapshot: Snapshot) -> None:
    sent = {name: dump_table(snapshot.table(name)) for name in snapshot}
    received = Snapshot.from_tables(sent, snapshot.revision)
    assert all(list(received.table(name).rows) == list(snapshot.table(name).rows) for name in snapshot)


def test_what_is_built_from_a_snapshot_is_built_once(snapshot: Snapshot) -> None:
    built: list[str] = []
    assert snapshot.cached("names", lambda: built.append("x") or len(built)) == 1  # type: ignore[func-returns-value]
    assert snapshot.cached("names", lambda: 2) == 1
    assert snapshot.replace("site", []).cached("names", lambda: 2) == 2


def test_a_large_table_that_is_replaced_shares_the_names_of_the_nodes() -> None:
    names = [f"cn{number}" for number in range(1500)]
    snapshot = Snapshot.from_tables({"nodelist": (("node",), [(name,) for name in names])})
    rows = [(f"cn{number}",) for number in range(1500)]
    replaced = snapshot.replace("noderes", rows, columns=("node",)).table("noderes")
    assert list(replaced.keys()) == names
    assert all(mine is name for mine, name in zip(replaced.keys(), names, strict=True))
