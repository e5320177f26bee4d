"""The index of a table that is being changed."""

from __future__ import annotations

from xcatd.store.draftindex import DraftIndex, Index
from xcatd.store.overlay import MANY, Overlay

BASE: Index = {"a": ("1", "2"), "b": ("3",)}


def test_an_index_in_which_nothing_changes_is_the_old_one() -> None:
    index = DraftIndex(BASE)
    assert (list(index.get("a")), list(index.get("x"))) == (["1", "2"], [])
    assert index.built() is BASE


def test_a_row_moves_from_text_to_text() -> None:
    index = DraftIndex(BASE)
    for old, new in (("a", "b"), ("b", "b"), ("b", None), (None, "c")):
        index.move("1", old, new)
    assert index.built() == {"a": ("2",), "b": ("3",), "c": ("1",)}


def test_a_large_index_is_shared() -> None:
    base: Index = {str(number): (str(number),) for number in range(MANY + 1)}
    index = DraftIndex(base)
    index.move("7", "7", "x")
    built = index.built()
    assert isinstance(built, Overlay)
    assert dict(built) == {**{text: idents for text, idents in base.items() if text != "7"}, "x": ("7",)}
    assert base["7"] == ("7",)


def test_rows_come_and_go() -> None:
    index = DraftIndex(BASE)
    index.leave("1", "a")
    index.enter("1", "c")
    index.leave("3", "b")
    index.enter("4", "a")
    assert (list(index.get("a")), list(index.get("b"))) == (["2", "4"], [])
    assert index.built() == {"a": ("2", "4"), "c": ("1",)}
    assert BASE == {"a": ("1", "2"), "b": ("3",)}
