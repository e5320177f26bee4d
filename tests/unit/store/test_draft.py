"""What a write does to the rows in memory and to the rows in the file is the same, and is what a plain model says."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.errors import Conflict, UsageError
from xcatd.store import TABLES, Change, Delete, Exact, Put, Replace, Snapshot, TableView, open_store
from xcatd.store.draft import Draft
from xcatd.store.overlay import MANY
from xcatd.store.row import Ident

Cells = dict[str, str | None]
K = TypeVar("K")
V = TypeVar("V")

KEYS = {"switch": ("node", "switch", "port"), "nodelist": ("node",), "discoverydata": ("uuid",)}
"""A table with a key of several columns, one whose key is its lookup column, and one looked up by another column."""
FREE = {"switch": ("vlan", "node"), "nodelist": ("groups", "node"), "discoverydata": ("node", "arch")}

texts = st.sampled_from(["a", "b", "c"])
tables = st.sampled_from(sorted(KEYS))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    table = draw(tables)
    named = st.dictionaries(st.sampled_from([*KEYS[table], *FREE[table]]), texts, min_size=1, max_size=3)
    if draw(st.integers(0, 3)) == 0:
        return Delete(table, draw(st.one_of(st.just({}), named)))
    if draw(st.integers(0, 3)) == 0:
        return draw(whole_rows(table))
    values = st.dictionaries(st.sampled_from(FREE[table]), st.one_of(texts, st.none()), max_size=2)
    return Put(table, draw(named), draw(values))


@st.composite
def one_row(draw: st.DrawFn) -> Change:
    """A change of the row that has a whole key, which is never refused."""
    table = draw(tables)
    key = {column: draw(texts) for column in KEYS[table]}
    if draw(st.booleans()):
        return Delete(table, key)
    return Put(table, key, {FREE[table][0]: draw(texts)})


def whole_rows(table: str) -> st.SearchStrategy[Change]:
    row = st.dictionaries(st.sampled_from([*KEYS[table], *FREE[table]]), texts, min_size=1)
    exact = st.tuples(st.none() | row, st.none() | row).filter(lambda pair: pair != (None, None))
    return st.builds(Replace, st.just(table), st.lists(row, max_size=4)) | exact.map(lambda pair: Exact(table, *pair))


class Model:
    """The rules of Put and Delete in the plainest form: lists of dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Cells]] = {table: [] for table in KEYS}

    def take(self, change: Change) -> None:
        rows = self.rows[change.table]
        match change:
            case Delete(table, where):
                self.rows[table] = [row for row in rows if not matches(row, where)]
            case Replace(table, wanted):
                self.rows[table] = []
                for cells in wanted:
                    self.add(table, dict(cells))
            case Exact(table, before, after):
                self.exact(table, before, after)
            case Put(table, key, values):
                found = [row for row in rows if matches(row, key)]
                if not found:
                    self.add(table, {**key, **values})
                for row in found:
                    self.change(table, row, {**row, **values})

    def exact(
        self, table: str, before: Mapping[str, str | None] | None, after: Mapping[str, str | None] | None
    ) -> None:
        meant = [row for row in self.rows[table] if before is not None and plain(row) == plain(before)]
        if before is not None and not meant:
            raise Conflict("refused")
        if after is not None and meant and self.key(table, dict(after)) == self.key(table, meant[0]):
            meant[0].clear()
            meant[0].update(after)
            return
        self.rows[table] = [row for row in self.rows[table] if row not in meant]
        if after is not None:
            self.add(table, dict(after))

    def change(self, table: str, old: Cells, new: Cells) -> None:
        if self.key(table, new) == self.key(table, old):
            old.update(new)
        else:
            self.rows[table] = [row for row in self.rows[table] if row is not old]
            self.add(table, new)

    def add(self, table: str, cells: Cells) -> None:
        key = self.key(table, cells)
        if not any(key) or key in [self.key(table, row) for row in self.rows[table]]:
            raise UsageError("refused")
        self.rows[table].append(cells)

    def key(self, table: str, row: Cells) -> tuple[str, ...]:
        return tuple(row.get(column) or "" for column in KEYS[table])

    def shown(self, table: str) -> list[dict[str, str]]:
        return [{column: text for column, text in row.items() if text} for row in self.rows[table]]


def plain(row: Mapping[str, str | None]) -> dict[str, str]:
    return {column: text for column, text in row.items() if text}


def matches(row: Cells, where: object) -> bool:
    assert isinstance(where, dict)
    return all((row.get(column) or "") == text for column, text in where.items())


def shown(snapshot: Snapshot, table: str) -> list[dict[str, str]]:
    return [{column: row[column] for column in row if row[column]} for row in snapshot.table(table).rows]


def accepted(batches: Sequence[Sequence[Change]]) -> tuple[Model, list[bool]]:
    """The model after these batches, and which of them it took. A batch that is refused leaves no trace."""
    model, verdicts = Model(), []
    for batch in batches:
        tried = Model()
        tried.rows = {table: [dict(row) for row in rows] for table, rows in model.rows.items()}
        try:
            for change in batch:
                tried.take(change)
        except (UsageError, Conflict):
            verdicts.append(False)
        else:
            verdicts.append(True)
            model = tried
    return model, verdicts


def read(path: Path) -> Snapshot:
    """The rows as another program finds them."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in KEYS}
    return Snapshot.from_tables({table: (TABLES[table].column_names, rows[table]) for table in KEYS})


@pytest.mark.endurance
@given(st.lists(st.lists(changes(), min_size=1, max_size=5), min_size=1, max_size=5), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_memory_file_and_model_agree(
    empty_database: Path, tmp_path: Path, batches: list[list[Change]], together: bool
) -> None:
    path = Path(shutil.copy(empty_database, tmp_path / "xcat.sqlite"))
    model, verdicts = accepted(batches)

    async def write() -> Snapshot:
        store = await open_store(path)
        if together:
            ends = await asyncio.gather(*(store.write(batch, author="t") for batch in batches), return_exceptions=True)
        else:
            ends = []
            for batch in batches:
                ends += await asyncio.gather(store.write(batch, author="t"), return_exceptions=True)
                list(map(store.snapshot.table("switch").find, "abc"))  # the next write carries the index on
        assert [end is None for end in ends] == verdicts
        await store.close()
        return store.snapshot

    in_memory, in_file = asyncio.run(write()), read(path)
    for table in KEYS:
        assert shown(in_memory, table) == shown(in_file, table) == model.shown(table)
        for text in ("a", "b", "c"):
            found = {tuple(sorted(dict(row).items())) for row in in_memory.table(table).find(text)}
            assert found == {tuple(sorted(dict(row).items())) for row in in_file.table(table).find(text)}


def taken(snapshot: Snapshot, *changes: Change) -> Snapshot:
    draft = Draft(snapshot)
    draft.take(changes, lambda: None)
    return draft.snapshot(draft.steps())


def test_a_change_that_changes_nothing_has_no_steps() -> None:
    snapshot = taken(Snapshot.from_tables({}), Put("site", {"key": "master"}, {"value": "x"}))
    draft = Draft(snapshot)
    draft.take([Put("site", {"key": "master"}, {"value": "x"}), Delete("site", {"key": "none"})], lambda: None)
    assert draft.steps() == []
    assert draft.snapshot(draft.steps()) is snapshot


def test_rows_that_are_removed_and_put_back_stand_in_the_new_order() -> None:
    a, b = Put("site", {"key": "a"}, {"value": "1"}), Put("site", {"key": "b"}, {"value": "2"})
    snapshot = taken(taken(Snapshot.from_tables({}), a, b), Delete("site", {}), b, a)
    assert [row["key"] for row in snapshot.table("site").rows] == ["b", "a"]


def test_a_row_that_comes_and_goes_leaves_nothing() -> None:
    draft = Draft(Snapshot.from_tables({}))
    draft.take([Put("site", {"key": "a"}, {"value": "1"}), Delete("site", {"key": "a"})], lambda: None)
    assert draft.steps() == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Put("litetree", {"priority": "1"}, {"image": "ALL"}), 'table "litetree" needs a value for "directory"'),
        (Put("site", {"value": "x"}, {}), 'table "site" needs a value for "key"'),
        (Put("networks", {"netname": "a"}, {}), 'table "networks" needs a value for "net, mask"'),
        (Put("site", {"key": "a"}, {"key": "b"}), 'The row key=b of table "site" exists already'),
    ],
)
def test_a_row_that_cannot_be_is_refused(change: Change, sentence: str) -> None:
    site = (("key", "value"), [("a", "1"), ("b", "2")])
    with pytest.raises(UsageError, match=sentence):
        taken(Snapshot.from_tables({"site": site}), change)


def test_a_long_change_lets_others_run() -> None:
    breaths: list[int] = []
    draft = Draft(Snapshot.from_tables({}))
    draft.take([Put("site", {"key": str(n)}, {}) for n in range(1000)], lambda: breaths.append(1))
    assert len(breaths) == 2


def large() -> Mapping[str, list[Cells]]:
    """Tables of which a draft copies nothing; rows that changes may mean stand among the others."""
    fill: Mapping[str, list[Cells]] = {
        table: [{key: f"{key}{n}" for key in KEYS[table]} for n in range(MANY + 200)] for table in KEYS
    }
    known: Mapping[str, list[Cells]] = {
        "switch": [{"node": "a", "switch": "a", "port": "a"}, {"node": "a", "switch": "b", "port": "a", "vlan": "b"}],
        "nodelist": [{"node": "a", "groups": "a"}, {"node": "b", "groups": "b"}],
        "discoverydata": [{"uuid": "a", "node": "b"}, {"uuid": "b", "node": "b", "arch": "a"}],
    }
    return {table: [*rows[:700], *known[table], *rows[700:]] for table, rows in fill.items()}


LARGE: Mapping[str, list[Cells]] = large()


@pytest.mark.endurance
@given(st.lists(st.lists(one_row() | one_row() | changes(), min_size=1, max_size=3), max_size=8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_large_tables_agree_with_the_model_and_say_what_was_touched(batches: list[list[Change]], indexed: bool) -> None:
    model, snapshot = Model(), snapshot_of(**LARGE)
    model.rows = {table: [dict(row) for row in rows] for table, rows in LARGE.items()}
    moments = []
    for batch in batches:
        tried, draft = Model(), Draft(snapshot)
        tried.rows = {table: [dict(row) for row in rows] for table, rows in model.rows.items()}
        if indexed:
            list(map(snapshot.table("switch").find, "abc"))
        try:
            for change in batch:
                tried.take(change)
        except (UsageError, Conflict):
            with pytest.raises((UsageError, Conflict)):
                draft.take(batch, lambda: None)
            continue
        draft.take(batch, lambda: None)
        before, model, snapshot = snapshot, tried, draft.snapshot(draft.steps())
        moments.append((before, snapshot, model, draft.touched()))
    for before, after, expected, touched in moments:  # now only, because a look at a table makes it whole
        assert_touched(before, after, touched)
        for table in KEYS:
            assert shown(after, table) == expected.shown(table)
            assert_found(after.table(table))


def assert_found(view: TableView) -> None:
    """Rows are found as in a table that has just been read."""
    fresh = TableView.of(view.layout, list(view.by_ident.values()))
    assert list(view.keys()) == list(fresh.keys())
    for text in ("a", "b", "c"):
        assert sorted(view.idents_of(text)) == sorted(fresh.idents_of(text))


def assert_touched(before: Snapshot, after: Snapshot, touched: Mapping[str, frozenset[Ident]]) -> None:
    """Rows that are not named are what they were and stand in the same order; those that are named make the new table."""
    for table in KEYS:
        old, new = before.table(table).by_ident, after.table(table).by_ident
        idents = touched.get(table, frozenset())
        assert {ident for ident in (*old, *new) if old.get(ident) != new.get(ident)} <= idents
        assert [ident for ident in old if ident not in idents] == [ident for ident in new if ident not in idents]
        assert before.table(table).patched({ident: new.get(ident) for ident in idents}).by_ident == new
    assert all(touched.values())


def test_what_is_touched_is_named_by_table() -> None:
    rows: list[Cells] = [{"key": key, "value": "1"} for key in "abcd"]
    draft = Draft(snapshot_of(site=rows))
    first: list[Change] = [
        Put("site", {"key": "a"}, {"value": "2"}),
        Put("nodelist", {"node": "n"}, {}),
        Delete("site", {"key": "b"}),
    ]
    second: list[Change] = [Put("site", {"key": "c"}, {"key": "x"}), Put("site", {"key": "d"}, {"value": "1"})]
    third: list[Change] = [
        Delete("nodelist", {"node": "n"}),
        Put("switch", {"node": "n", "switch": "s", "port": "1"}, {}),
    ]
    for batch in (first, second, third):
        draft.take(batch, lambda: None)
    assert draft.touched() == {"site": frozenset("abcx"), "switch": frozenset([("n", "s", "1")])}


def test_a_row_that_goes_and_comes_again_is_touched() -> None:
    draft = Draft(snapshot_of(site=[{"key": "a"}, {"key": "b"}]))
    draft.take([Delete("site", {"key": "a"}), Put("site", {"key": "a"}, {})], lambda: None)
    assert draft.touched() == {"site": frozenset("a")}


class _Unwalked(dict[K, V]):
    """Entries that are looked up, and never gone through or copied."""

    def __iter__(self) -> Iterator[K]:
        raise AssertionError("a change of one row needs no look at the others")

    keys = values = items = __iter__  # type: ignore[assignment]


@pytest.mark.parametrize(
    "change",
    [
        Put("nodelist", {"node": "b"}, {"groups": "x"}),
        Put("nodelist", {"node": "new"}, {"groups": "x"}),
        Exact("nodelist", {"node": "a", "groups": "a"}, {"node": "z", "groups": "a"}),
        Delete("nodelist", {"node": "a"}),
        Put("switch", {"node": "a"}, {"vlan": "7"}),
        Put("switch", {"node": "a", "switch": "c", "port": "1"}, {}),
        Delete("switch", {"node": "a", "vlan": "b"}),
    ],
)
def test_one_row_is_changed_without_a_look_at_the_others(change: Change) -> None:
    plain = snapshot_of(**LARGE)
    views = {
        name: TableView(view.layout, _Unwalked(dict(view.by_ident)), unique=True, index=_Unwalked(dict(view.index)))
        for name, view in ((name, plain.table(name)) for name in KEYS)
    }
    draft = Draft(plain.with_views(views, 1))
    draft.take([change], lambda: None)
    assert list(draft.touched()) == [change.table]
    later, expected = draft.snapshot(draft.steps()).table(change.table), taken(plain, change).table(change.table)
    for ident in ("a", "b", "z", "new", ("a", "b", "a"), ("a", "c", "1")):
        assert later.by_ident.get(ident) == expected.by_ident.get(ident)
    for text in ("a", "b", "z", "new"):
        assert later.idents_of(text) == expected.idents_of(text)


def test_many_small_changes_go_on_with_a_plain_copy_and_leave_the_old_moment_alone() -> None:
    snapshot = snapshot_of(**LARGE)
    nodes = [row["node"] or "" for row in LARGE["nodelist"]]
    later = taken(snapshot, *(Put("nodelist", {"node": node}, {"groups": "all"}) for node in (*nodes, "new")))
    assert {row["groups"] for row in later.table("nodelist").rows} == {"all"}
    assert [row["node"] for row in later.table("nodelist").rows] == [*nodes, "new"]
    assert [row["groups"] for row in snapshot.table("nodelist").rows] == [
        row.get("groups") or "" for row in LARGE["nodelist"]
    ]


def test_a_change_that_asks_by_node_sees_what_the_one_before_it_did() -> None:
    put = Put("switch", {"node": "new", "switch": "s", "port": "1"}, {})
    later = taken(snapshot_of(**LARGE), put, Put("switch", {"node": "new"}, {"vlan": "7"}))
    found = [(row["port"], row["vlan"]) for row in later.table("switch").rows if row["node"] == "new"]
    assert found == [("1", "7")]


def test_an_index_that_a_draft_needed_is_there_for_the_next_one() -> None:
    snapshot = snapshot_of(**LARGE)
    Draft(snapshot).take([Delete("switch", {"node": "nobody"})], lambda: None)
    assert snapshot.table("switch").built_index is not None
