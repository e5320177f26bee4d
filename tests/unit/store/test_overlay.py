"""A mapping whose versions share what they have in common is, for all who read it, a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.store.overlay import MANY, Overlay, copied, edited, settled, walked

Rows = Mapping[str, tuple[int, ...]]
Step = Callable[[MutableMapping[str, tuple[int, ...]]], object]

keys = st.sampled_from("abcdef")
values = st.tuples(st.integers(0, 3))
mappings = st.dictionaries(keys, values)


def _set(key: str, value: tuple[int, ...]) -> Step:
    return lambda rows: rows.__setitem__(key, value)


def _remove(key: str) -> Step:
    return lambda rows: rows.pop(key, None)


def _walk(rows: MutableMapping[str, tuple[int, ...]]) -> object:
    return list(rows)


sets = st.builds(_set, keys, values)
removals = st.builds(_remove, keys)
versions = st.lists(st.lists(sets | removals | st.just(_walk), max_size=8), max_size=5)


def assert_same(rows: Rows, model: dict[str, tuple[int, ...]]) -> None:
    """What does not go through the rows comes first: it must be right before they are made whole."""
    assert len(rows) == len(model)
    for key in "abcdefg":
        assert (key in rows) == (key in model)
        assert rows.get(key) == model.get(key)
        assert rows.get(key, (9,)) == model.get(key, (9,))
        if key in model:
            assert rows[key] == model[key]
        else:
            with pytest.raises(KeyError):
                rows[key]


def assert_same_order(rows: Rows, model: dict[str, tuple[int, ...]]) -> None:
    assert list(copied(rows).items()) == list(model.items())
    assert list(rows) == list(rows.keys()) == list(model)
    assert list(rows.values()) == list(model.values())
    assert list(rows.items()) == list(walked(rows).items()) == list(model.items())
    assert rows == model


@given(mappings, versions)
@settings(max_examples=300, deadline=None)
def test_every_version_is_what_a_dictionary_would_be(base: dict[str, tuple[int, ...]], steps: list[list[Step]]) -> None:
    first, rows, model = dict(base), Overlay(base), dict(base)
    kept = [(rows, dict(model))]
    for some in steps:
        rows = rows.twin()
        for step in some:
            step(rows)
            step(model)
            assert len(rows) == len(model)
        kept.append((rows, dict(model)))
    for version, expected in kept:
        assert_same(version, expected)
    for version, expected in kept:
        assert_same_order(version, expected)
        assert_same(version, expected)
    assert list(base.items()) == list(first.items())


def test_what_is_not_there_cannot_be_removed() -> None:
    rows = Overlay({"a": (1,)})
    del rows["a"]
    for key in ("a", "b"):
        with pytest.raises(KeyError):
            del rows[key]
    assert len(rows) == 0


def numbered(count: int) -> dict[str, tuple[int, ...]]:
    return {str(number): (number,) for number in range(count)}


def test_few_entries_are_copied_and_many_are_shared() -> None:
    few, many = numbered(MANY), numbered(MANY + 1)
    assert type(edited(few)) is dict
    assert edited(few) is not few
    changed = edited(many)
    changed["7"] = (0,)
    assert isinstance(changed, Overlay)
    assert settled(changed) is changed
    again = edited(settled(changed))
    again["8"] = (0,)
    assert (many["7"], changed["7"], changed["8"], again["7"], again["8"]) == ((7,), (0,), (8,), (0,), (0,))


@pytest.mark.parametrize(("count", "kept"), [(MANY * 2, MANY), (MANY * 32, MANY * 2)])
def test_what_differs_much_is_made_whole(count: int, kept: int) -> None:
    rows = edited(numbered(count))
    for number in range(kept):
        rows[str(number)] = (0,)
    assert settled(rows) is rows
    rows["x"] = (0,)
    whole = settled(rows)
    assert type(whole) is dict
    assert list(whole.items()) == list(rows.items())


def test_it_is_made_whole_once_and_then_walked_as_it_is() -> None:
    rows = Overlay(numbered(5))
    rows["2"] = (0,)
    whole = walked(rows)
    assert type(whole) is dict
    assert walked(rows) is whole
    assert copied(rows) is not whole
    plain = numbered(5)
    assert walked(plain) is plain


def test_threads_see_the_same_rows_while_one_goes_through_them() -> None:
    base = numbered(3000)
    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            rows = Overlay(base)
            del rows["5"], rows["6"]
            rows["x"] = rows["6"] = rows["7"] = (0,)
            expected = [*(key for key in base if key not in ("5", "6")), "x", "6"]
            start = Barrier(4)

            def look(rows: Rows = rows, start: Barrier = start) -> tuple[list[str], bool]:
                start.wait(30)
                found = [rows["7"] == rows["6"] == (0,) and "5" not in rows for _ in range(200)]
                return list(rows), all(found)

            for seen in [threads.submit(look) for _ in range(4)]:
                assert seen.result(60) == (expected, True)
