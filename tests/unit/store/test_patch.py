"""What a follower is told of a table makes its table the same, the order of the rows included."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.store import STANDARD, Snapshot, TableView, Values
from xcatd.store.patch import MOST, SMALL, Dirty, Patch, apply, arranged, from_plain, patch_of, to_plain, touched
from xcatd.store.row import Ident

LAYOUT = STANDARD.layouts["nodelist"]
COUNT = SMALL + 50


def nodes(count: int = COUNT) -> Snapshot:
    return snapshot_of(nodelist=[{"node": f"n{number}", "groups": "all"} for number in range(count)])


def row(node: str, groups: str | None = "new") -> tuple[str | None, ...]:
    return tuple([{"node": node, "groups": groups}.get(column) for column in LAYOUT.columns])


def later(snapshot: Snapshot, some: Mapping[Ident, Values | None]) -> Snapshot:
    view = snapshot.table("nodelist").patched(some)
    return snapshot.with_views({"nodelist": view}, snapshot.revision + 1)


def rows(snapshot: Snapshot) -> list[tuple[str | None, ...]]:
    return list(snapshot.table("nodelist").by_ident.values())


moves = st.lists(st.tuples(st.sampled_from([f"n{n}" for n in (0, 7, 249, 250, 251)]), st.booleans()), max_size=12)
"""Nodes that are set, or cut if they are there."""


@given(moves)
def test_a_follower_who_is_told_of_several_changes_at_once_has_the_same_table(some: list[tuple[str, bool]]) -> None:
    start = now = nodes()
    dirty = Dirty()
    for number, (node, is_set) in enumerate(some):
        before, now = now, later(now, {node: row(node, str(number)) if is_set else None})
        dirty.add(touched({"nodelist": frozenset({node})}, before, now))
    copy = start.table("nodelist")
    for name, idents in dirty:
        _, patch = from_plain(json.loads(json.dumps(to_plain(name, patch_of(now.table(name), idents)))))
        copy, _ = apply(patch, copy)
    assert list(copy.by_ident.values()) == rows(now)


def test_rows_that_come_together_stand_in_the_order_of_the_table() -> None:
    before = nodes()
    names = [f"x{number}" for number in (5, 3, 9, 1, 7, 2, 8)]
    now = later(before, {name: row(name) for name in names})
    changed = touched({"nodelist": frozenset(names)}, before, now)
    view, idents = apply(patch_of(now.table("nodelist"), changed["nodelist"]), before.table("nodelist"))
    assert list(view.by_ident.values()) == rows(now)
    assert idents == frozenset(names)


def test_one_row_costs_one_row() -> None:
    before = nodes(100_000)
    now = later(before, {"n5": row("n5")})
    changed = touched({"nodelist": frozenset({"n5"})}, before, now)["nodelist"]
    assert patch_of(now.table("nodelist"), changed) == Patch(LAYOUT.columns, [row("n5")], [])


def test_texts_that_stay_are_not_kept_twice() -> None:
    view = nodes().table("nodelist")
    patch = from_plain(json.loads(json.dumps(to_plain("nodelist", Patch(LAYOUT.columns, [row("n5")])))))[1]
    after, _ = apply(patch, view)
    assert after.by_ident["n5"][LAYOUT.place("node")] is view.by_ident["n5"][LAYOUT.place("node")]


@pytest.mark.parametrize("count", [SMALL, COUNT])
def test_a_small_table_is_told_as_a_whole(count: int) -> None:
    before = nodes(count)
    now = later(before, {"n5": row("n5")})
    assert (touched({"nodelist": frozenset({"n5"})}, before, now)["nodelist"] is None) == (count == SMALL)


def test_many_rows_are_told_as_the_whole_table() -> None:
    before = nodes(3 * MOST)
    half: dict[Ident, Values | None] = {f"n{number}": row(f"n{number}") for number in range(MOST)}
    rest: dict[Ident, Values | None] = {f"n{number}": row(f"n{number}") for number in range(MOST, MOST + 1)}
    dirty = Dirty()
    for some in (half, rest):
        now = later(before, some)
        dirty.add(touched({"nodelist": frozenset(some)}, before, now))
    assert list(dirty) == [("nodelist", None)]
    assert touched({"nodelist": frozenset(map(str, range(MOST + 1)))}, before, before) == {"nodelist": None}


def test_a_table_with_a_key_twice_is_told_as_a_whole() -> None:
    before = nodes()
    twice = TableView.of(LAYOUT, [*rows(before), row("n5")])
    now = before.with_views({"nodelist": twice}, 9)
    for one, other in ((before, now), (now, before)):
        assert touched({"nodelist": frozenset({"n5"})}, one, other) == {"nodelist": None}
    assert patch_of(twice, {"n5": False}).whole


def test_what_is_not_known_is_told_as_a_whole_and_stays_so() -> None:
    snapshot = nodes()
    assert touched({"nodelist": None, "brandnew": None}, snapshot, snapshot) == {"nodelist": None}
    assert touched({"nodelist": frozenset({"n5"})}, None, snapshot) == {"nodelist": None}
    dirty = Dirty(["nodelist"])
    dirty.add({"nodelist": {"n5": False}})
    assert list(dirty) == [("nodelist", None)]


def test_columns_of_another_release_find_their_places() -> None:
    assert arranged(LAYOUT, ("groups", "colour", "node"), [("g", "red", "n1")]) == [row("n1", "g")]


def test_a_patch_for_another_table_does_not_fit() -> None:
    twice = TableView.of(LAYOUT, [row("n5"), row("n5")])
    with pytest.raises(ValueError, match="same key"):
        apply(Patch(LAYOUT.columns, [row("n5")]), twice)


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"table": "site", "columns": ["key"], "rows": [["a", "b"]]},
        {"table": "site", "columns": 3, "rows": []},
        {"table": "site", "columns": ["key"], "rows": [3]},
        {"table": "site", "columns": ["key"], "rows": [], "gone": [3]},
    ],
)
def test_what_is_no_patch_is_not_taken(plain: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_plain(plain)


def test_keys_of_several_columns_travel() -> None:
    sent = Patch(("a", "b"), [("1", None)], [("x", "y")])
    assert from_plain(json.loads(json.dumps(to_plain("t", sent)))) == ("t", sent)
