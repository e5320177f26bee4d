"""The tables of the past: whatever has happened since, they are what they were."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.errors import NotFound, UsageError
from xcatd.store import Change, Delete, Put, Replace, Snapshot, SqlStore, dump_table, open_store
from xcatd.store.moments import Moment, local, past, read_moment, row_changes, utc

KEYS = st.sampled_from(["a", "b", "c"])
TEXTS = st.sampled_from(["1", "2", None])
CHANGES = st.one_of(
    st.builds(lambda key, value: Put("site", {"key": key}, {"value": value}), KEYS, TEXTS),
    st.builds(lambda key, new: Put("site", {"key": key}, {"key": new}), KEYS, st.sampled_from(["a", "b", "d"])),
    st.builds(lambda key: Delete("site", {"key": key}), KEYS),
    st.builds(lambda key, text: Put("switch", {"node": key, "switch": "s", "port": "1"}, {"vlan": text}), KEYS, TEXTS),
    st.builds(lambda key: Delete("switch", {"node": key}), KEYS),
    st.builds(lambda keys: Replace("site", [{"key": key, "value": "r"} for key in sorted(keys)]), st.sets(KEYS)),
)


def contents(snapshot: Snapshot) -> dict[str, list[tuple[str, ...]]]:
    return {
        name: sorted(tuple(text or "" for text in row) for row in dump_table(snapshot.table(name))[1])
        for name in ("site", "switch")
    }


async def wrote(store: SqlStore, changes: list[Change]) -> None:
    try:
        await store.write(changes, author="test")
    except UsageError:  # a key that is taken: nothing was written
        return


@pytest.mark.endurance
@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CHANGES, min_size=1, max_size=4), min_size=1, max_size=6))
def test_every_moment_is_found_again(steps: list[list[Change]]) -> None:
    async def check(path: Path) -> None:
        store = await open_store(path)
        try:
            known: dict[int, dict[str, list[tuple[str, ...]]]] = {}
            for changes in steps:
                await wrote(store, changes)
                for entry in await store.history.entries(last=1):
                    known[entry.id] = contents(store.snapshot)
            for number, then in known.items():
                found = await past(store, Moment(str(number), entry=number))
                assert (contents(found.snapshot), found.foreign) == (then, ())
                only = await past(store, Moment(str(number), entry=number), {"site"})
                assert contents(only.snapshot)["site"] == then["site"]
                assert contents(only.snapshot)["switch"] == contents(store.snapshot)["switch"]
        finally:
            await store.close()

    with TemporaryDirectory() as folder:
        asyncio.run(check(Path(folder, "xcat.sqlite")))


async def test_a_time_is_before_the_changes_that_begin_with_it(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "xcat.sqlite")
    try:
        for text in "12":
            await store.write([Put("site", {"key": "a"}, {"value": text})], author="test")
            await asyncio.sleep(0.002)  # the next change has another millisecond
        first, second = await store.history.entries()
        found = await past(store, Moment("then", at=second.at))
        assert found.snapshot.site("a") == "1"
        assert (await past(store, read_moment("2999-01-01"))).snapshot.site("a") == "2"
        with pytest.raises(NotFound, match="because the history begins with change 1 of "):
            await past(store, Moment("then", at=first.at))
        with pytest.raises(NotFound, match="There is no change 7 in the history"):
            await past(store, read_moment("7"))
    finally:
        await store.close()


async def test_without_a_history_nothing_is_known(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "xcat.sqlite")
    try:
        with pytest.raises(NotFound, match="the history is empty"):
            await past(store, read_moment("2026-01-01"))
    finally:
        await store.close()


@pytest.mark.endurance
async def test_many_changes_are_taken_back_page_by_page(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "xcat.sqlite")
    try:
        for number in range(450):
            await store.write([Put("site", {"key": "a"}, {"value": str(number)})], author="test")
        assert (await past(store, read_moment("3"))).snapshot.site("a") == "2"
    finally:
        await store.close()


def test_rows_that_differ() -> None:
    columns = ("key", "value", "disable")
    before = Snapshot.from_tables({"site": (columns, [("a", "1", None), ("b", "", None), ("c", "3", None)])})
    after = Snapshot.from_tables({"site": (columns, [("d", "4", None), ("b", None, None), ("c", "3", "")])})
    assert [
        (change.before and change.before["key"], change.after and change.after["key"])
        for change in row_changes(before, after, "site")
    ] == [("a", None), ("c", "c"), (None, "d")]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-21T14:00:00Z", "2026-11-21T14:00:00.000Z"),
        ("2026-11-21 14:00:00.125+02:00", "2026-11-21T12:00:00.125Z"),
        (" 2026-11-21 14:00+00:00 ", "2026-11-21T14:00:00.000Z"),
    ],
)
def test_times_are_iso(text: str, time: str) -> None:
    assert utc(text) == time


def test_times_are_local_unless_they_say_otherwise() -> None:
    assert local(utc("2026-11-21 14:00")) == "2026-11-21 14:00:00"
    assert local(utc("2026-11-21")) == "2026-11-21 00:00:00"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "14:00", "0001-01-01 00:00+14:00"])
def test_other_words_are_no_times(text: str) -> None:
    with pytest.raises(UsageError, match="is no time; write it as 2026-11-21 or"):
        read_moment(text)
