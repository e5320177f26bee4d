"""Changes of whole rows and whole tables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from tests.unit.store.conftest import Sql
from xcatd.errors import Conflict, UsageError
from xcatd.store import Append, Change, Exact, Put, Replace, Snapshot, SqlStore, open_store
from xcatd.store.draft import Draft
from xcatd.store.tabledraft import Steps

Cells = Mapping[str, str | None]

A = {"key": "a", "value": "1"}
B = {"key": "b", "value": "2"}
C = {"key": "c", "value": "3"}


def steps_of(rows: list[Cells], *changes: Change) -> tuple[Snapshot, list[Steps]]:
    draft = Draft(snapshot_of(site=rows))
    draft.take(changes, lambda: None)
    steps = draft.steps()
    return draft.snapshot(steps), steps


def site(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(row["key"], row["value"]) for row in snapshot.table("site").rows]


def counts(steps: list[Steps]) -> tuple[int, int, int]:
    (only,) = steps
    return len(only.deleted), len(only.updated), len(only.inserted)


@pytest.mark.parametrize(
    ("rows", "written"),
    [
        ([A, B, C], None),
        ([A, {**B, "value": "9"}, C], (0, 1, 0)),
        ([A, B, C, {"key": "d"}], (0, 0, 1)),
        ([A, C], (1, 0, 0)),
        ([A, {"key": "d"}, B, C], (2, 0, 3)),
        ([C, B, A], (3, 0, 3)),
        ([], (3, 0, 0)),
    ],
)
def test_a_replaced_table_has_the_rows_in_their_order_and_only_what_differs_is_written(
    rows: list[Cells], written: tuple[int, int, int] | None
) -> None:
    snapshot, steps = steps_of([A, B, C], Replace("site", rows))
    assert site(snapshot) == [(row["key"], row.get("value") or "") for row in rows]
    assert (counts(steps) if steps else None) == written


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([A, B, {**A, "value": "7"}], 'row key=a of table "site" is given twice; keep one'),
        ([A, {"value": "7"}], 'row of table "site" needs a value for "key"'),
    ],
)
def test_a_table_that_cannot_be_is_refused(rows: list[Cells], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        steps_of([A], Replace("site", rows))


def test_a_log_is_replaced_by_emptying_and_filling_it() -> None:
    draft = Draft(Snapshot.from_tables({}))
    draft.take([Replace("auditlog", [{"recid": "4", "args": "x", "status": None}])], lambda: None)
    assert draft.logs()[1:] == [Append("auditlog", {"recid": "4", "args": "x"})]


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        (A, {**A, "value": "9"}, [("a", "9"), ("b", "2")]),
        (A, {"key": "z", "value": "1"}, [("b", "2"), ("z", "1")]),
        (A, None, [("b", "2")]),
        (None, C, [("a", "1"), ("b", "2"), ("c", "3")]),
        ({**A, "comments": ""}, None, [("b", "2")]),
    ],
)
def test_a_row_that_is_as_it_should_be_is_changed(
    before: Cells | None, after: Cells | None, rows: list[tuple[str, str]]
) -> None:
    snapshot, _ = steps_of([A, B], Exact("site", before, after))
    assert site(snapshot) == rows


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({**A, "value": "7"}, None, 'The row key=a of table "site" has changed meanwhile, so nothing was written'),
        ({**A, "comments": "x"}, A, "key=a .* has changed meanwhile"),
        ({**A, "disable": ""}, A, "key=a .* has changed meanwhile"),
        (C, {**C, "value": "9"}, "key=c .* has been removed meanwhile"),
        (C, None, "key=c .* has been removed meanwhile"),
        (None, {**A, "value": "7"}, "key=a .* has been added meanwhile"),
        (A, {"key": "b"}, "key=b .* has been added meanwhile"),
    ],
)
def test_a_row_that_somebody_changed_is_left_alone(before: Cells | None, after: Cells | None, sentence: str) -> None:
    with pytest.raises(Conflict, match=sentence):
        steps_of([A, B], Exact("site", before, after))


async def test_of_two_who_change_the_same_row_the_second_is_told(store: SqlStore) -> None:
    await store.write([Put("site", {"key": "a"}, {"value": "1"})], author="root")
    row = {"key": "a", "value": "1"}
    first = store.write([Exact("site", row, {**row, "value": "2"})], author="ann")
    second = store.write([Put("nodelist", {"node": "x"}, {}), Exact("site", row, {**row, "value": "3"})], author="bob")
    done, refused = await asyncio.gather(first, second, return_exceptions=True)
    assert done is None
    assert isinstance(refused, Conflict)
    assert store.snapshot.site("a") == "2"
    assert len(store.snapshot.table("nodelist").rows) == 0


async def test_rows_stand_in_the_file_as_they_were_given(store: SqlStore, sql: Sql) -> None:
    keys = [f"k{number}" for number in range(50)]
    await store.write([Replace("site", [{"key": key} for key in keys])], author="root")
    keys = [*keys[:10], "new", *keys[:9:-1]]
    await store.write([Replace("site", [{"key": key, "value": key} for key in keys])], author="root")
    assert sql("SELECT key, value FROM site") == [(key, key) for key in keys]
    assert site(store.snapshot) == [(key, key) for key in keys]


async def test_a_null_in_a_key_stays_where_the_row_is_meant(store: SqlStore, sql: Sql) -> None:
    sql("INSERT INTO passwd (key, password) VALUES ('ipmi', 'a')")
    await store.refresh()
    row: Cells = {"key": "ipmi", "username": None, "password": "a"}
    await store.write([Exact("passwd", row, {**row, "password": "b"})], author="root")
    assert sql("SELECT key, username, password FROM passwd") == [("ipmi", None, "b")]
    await store.write([Replace("passwd", [{"key": "ipmi", "password": "b"}])], author="root")
    assert sql("SELECT key, username, password FROM passwd") == [("ipmi", None, "b")]
    assert len(await store.history.entries()) == 1


async def test_rows_with_text_that_is_not_utf8_can_be_changed_and_removed(store: SqlStore, sql: Sql) -> None:
    """The bad text stays as it is as long as it is not replaced."""
    sql("INSERT INTO nodelist (node, groups, comments) VALUES ('n1', 'all', CAST(x'67FC' AS TEXT))")
    sql("INSERT INTO nodelist (node) VALUES (CAST(x'6EFF' AS TEXT)), ('n3')")
    await store.refresh()
    bad = "n\udcff"
    await store.write([Put("nodelist", {"node": node}, {"groups": "gpu"}) for node in ("n1", "n3")], author="root")
    query = "SELECT hex(node), groups, hex(comments) FROM nodelist"
    assert sql(query) == [("6E31", "gpu", "67FC"), ("6EFF", None, ""), ("6E33", "gpu", "")]
    (row,) = [row for row in store.snapshot.table("nodelist").rows if row["node"] == bad]
    await store.write([Exact("nodelist", row.cells(), None)], author="root")
    assert sql(query) == [("6E31", "gpu", "67FC"), ("6E33", "gpu", "")]
    await store.write([Replace("nodelist", [{"node": "n3"}, {"node": "n1"}])], author="root")
    assert sql("SELECT node, comments FROM nodelist") == [("n3", None), ("n1", None)]


async def test_a_row_with_such_text_moves_with_it(store: SqlStore, sql: Sql) -> None:
    sql("INSERT INTO site (key, value) VALUES ('a', CAST(x'67FC' AS TEXT))")
    await store.refresh()
    await store.write([Put("site", {"key": "a"}, {"key": "b"})], author="root")
    assert sql("SELECT key, hex(value), typeof(value) FROM site") == [("b", "67FC", "text")]


@pytest.mark.endurance
async def test_a_table_of_two_hundred_thousand_rows_is_replaced(store: SqlStore, sql: Sql) -> None:
    rows = [{"key": f"k{number}", "value": str(number)} for number in range(200_000)]
    await store.write([Replace("site", rows)], author="root")
    await store.write([Replace("site", [*rows[:100_000], {"key": "x"}, *rows[100_001:]])], author="root")
    assert sql("SELECT count(*) FROM site") == [(200_000,)]
    newest = (await store.history.entries(last=1))[0]
    assert newest.tables == (("site", 2),)
    assert len(await store.history.changes(newest.id)) == 2


async def test_the_file_agrees_after_all_that(store: SqlStore, path: Path) -> None:
    await store.write(
        [Replace("site", [A, B, C]), Exact("site", B, None), Put("site", {"key": "c"}, {"key": "d"})], author="x"
    )
    again = await open_store(path)
    assert site(again.snapshot) == site(store.snapshot) == [("a", "1"), ("d", "3")]
    await again.close()
