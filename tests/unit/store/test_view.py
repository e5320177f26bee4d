"""One table at one moment: its rows, and how they are found."""

from __future__ import annotations

import pytest

from xcatd.store import Snapshot, TableView, Values
from xcatd.store.row import Ident

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


def nodes_and_ports(count: int) -> Snapshot:
    nodes = [f"n{number}" for number in range(count)]
    switch = [(node, f"sw{number % 7}", str(number)) for number, node in enumerate(nodes)]
    return Snapshot.from_tables(
        {"nodelist": (("node",), [(node,) for node in nodes]), "switch": (("node", "switch", "port"), switch)}
    )


def row_of(view: TableView, **cells: str) -> Values:
    return tuple(map(cells.get, view.layout.columns))


@pytest.mark.parametrize("count", [5, 5000])
def test_a_patched_table_is_what_its_rows_say(count: int) -> None:
    view = nodes_and_ports(count).table("nodelist")
    new, changed = row_of(view, node="x", groups="a"), row_of(view, node="n2", groups="b")
    before, nodes = list(view.rows), list(view.keys())
    patched = view.patched({"x": new, "n2": changed, "n3": None, "nobody": None})
    assert [row["groups"] for row in patched.find("n2")] == ["b"]
    assert not patched.find("n3")
    assert list(patched.keys()) == [*(node for node in nodes if node != "n3"), "x"]
    assert (len(patched.rows), list(view.rows), list(view.keys())) == (count, before, nodes)
    again = patched.patched({"n3": row_of(view, node="n3"), "n0": row_of(view, node="n0", disable="1")})
    assert list(again.keys()) == [*(node for node in nodes if node not in ("n3", "n0")), "x", "n3"]


@pytest.mark.parametrize("count", [5, 5000])
def test_the_index_of_a_patched_table_is_kept_where_there_is_one(count: int) -> None:
    view = nodes_and_ports(count).table("switch")
    rows: dict[Ident, Values | None] = {
        ("n1", "sw1", "1"): None,
        ("n2", "sw2", "2"): row_of(view, node="n2", switch="sw2", port="2", vlan="9"),
        ("n2", "sw9", "1"): row_of(view, node="n2", switch="sw9", port="1"),
    }
    assert view.patched(rows).built_index is None
    assert view.index["n1"] == (("n1", "sw1", "1"),)
    patched = view.patched(rows)
    assert patched.built_index is not None
    fresh = TableView.of(view.layout, [*patched.by_ident.values()])
    assert dict(patched.index) == dict(fresh.index)
    assert [row["vlan"] for row in patched.find("n2")] == ["9", ""]
    assert not patched.find("n1")
    assert len(view.find("n1")) == 1


def test_many_rows_are_patched() -> None:
    view = nodes_and_ports(5000).table("nodelist")
    patched = view.patched({f"n{number}": row_of(view, node=f"n{number}", groups="a") for number in range(4000)})
    assert [row["groups"] for row in patched.rows] == ["a"] * 4000 + [""] * 1000
    assert list(patched.keys()) == list(view.keys())


def test_a_patch_that_changes_nothing_is_the_same_table() -> None:
    view = nodes_and_ports(5).table("nodelist")
    assert view.patched({}) is view
    assert view.patched({"n1": view.by_ident["n1"], "x": None}) is view


def test_a_table_that_cannot_be_patched_says_so() -> None:
    rows = [("ipmi", None, "a"), ("ipmi", None, "b")]
    passwd = Snapshot.from_tables({"passwd": (("key", "username", "password"), rows)}).table("passwd")
    with pytest.raises(ValueError, match='Rows of table "passwd" have the same key; read the whole table again'):
        passwd.patched({})
    nodes = nodes_and_ports(5).table("nodelist")
    with pytest.raises(ValueError, match='row node=n1 of table "nodelist" came under another key'):
        nodes.patched({"n2": row_of(nodes, node="n1")})


@pytest.mark.parametrize("cells", [{"disable": "1"}, {"disable": ""}])
def test_a_row_that_is_hidden_by_a_patch_has_no_name(cells: dict[str, str]) -> None:
    view = nodes_and_ports(5000).table("nodelist")
    assert len(view.keys()) == 5000
    hidden = view.patched({"n7": row_of(view, node="n7", **cells)})
    assert set(view.keys()) - set(hidden.keys()) == {"n7"}
    assert len(hidden.patched({"n7": row_of(view, node="n7")}).keys()) == 5000
    nameless = view.patched({"": row_of(view, node="", groups="a")})
    assert (len(nameless.rows), list(nameless.keys())) == (5001, list(view.keys()))
