"""Tables as long pieces of bytes come back as they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.store import STANDARD, Snapshot
from xcatd.store.columnar import Plan, pack, shape, unpack

cells = st.none() | st.text(max_size=3) | st.sampled_from(["", "\0", "\udcff", "\n"])
sites = st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(cells, cells), max_size=20)


def packed(snapshot: Snapshot) -> tuple[Plan, memoryview]:
    plan, pieces = pack(snapshot)
    return json.loads(json.dumps(plan)), memoryview(b"".join(pieces))


def same(snapshot: Snapshot) -> bool:
    views = unpack(*packed(snapshot), STANDARD.layouts)
    return all(
        list(views[name].by_ident.items() if name in views else ()) == list(snapshot.table(name).by_ident.items())
        for name in snapshot
    )


@given(sites)
def test_every_cell_comes_back(rows: dict[str, tuple[str | None, str | None]]) -> None:
    assert same(snapshot_of(site=[{"key": key, "value": one, "comments": two} for key, (one, two) in rows.items()]))


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 1000])
def test_columns_with_few_and_with_many_texts(count: int) -> None:
    rows = [{"node": f"n{number}", "groups": f"g{number % count}", "status": "on"} for number in range(1000)]
    assert same(snapshot_of(nodelist=rows, ipmi=[{"node": row["node"], "bmc": "b"} for row in rows]))


def test_rows_with_the_same_key_stay() -> None:
    assert same(Snapshot.from_tables({"site": (("key", "value"), [(None, "1"), (None, "2"), ("a", "3")])}))


def test_tables_and_columns_that_only_one_release_has_are_left_out_or_empty() -> None:
    plan, body = packed(snapshot_of(nodelist=[{"node": "n1", "groups": "all"}], site=[{"key": "a"}]))
    for table in plan["tables"]:
        for column in table["columns"]:
            column["name"] = {"groups": "colour"}.get(column["name"], column["name"])
        table["name"] = {"site": "brandnew"}.get(table["name"], table["name"])
    views = unpack(plan, body, STANDARD.layouts)
    assert list(views) == ["nodelist"]
    assert [(row["node"], row["groups"]) for row in views["nodelist"].rows] == [("n1", "")]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda plan: plan.pop("texts"),
        lambda plan: plan.update(texts=1),
        lambda plan: plan["tables"][0].update(rows=10**9),
        lambda plan: plan["tables"][0].update(rows=400),
        lambda plan: plan["tables"][0].update(columns=3),
        lambda plan: plan["tables"][0]["columns"][0].update(few=["x"]),
        lambda plan: plan["tables"][0]["columns"][0].update(few=[10**9]),
    ],
)
def test_a_plan_that_does_not_fit_is_an_error(wrong: object) -> None:
    assert callable(wrong)
    plan, body = packed(snapshot_of(nodelist=[{"node": f"n{number}"} for number in range(300)]))
    wrong(plan)
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        unpack(plan, body, STANDARD.layouts)


def test_the_shape_tells_another_schema() -> None:
    assert ["site", *STANDARD.layouts["site"].columns] in shape(STANDARD.layouts)
    assert "auditlog" not in [name for name, *_ in shape(STANDARD.layouts)]
