"""The index of a table that is being changed."""

from __future__ import annotations

from xcatd.store.draftindex import DraftIndex
from xcatd.store.view import Index

BASE: Index = {"a": ("1", "2"), "b": ("3",)}


def test_an_index_in_which_nothing_changes_is_the_old_one() -> None:
    index = DraftIndex(BASE)
    assert (list(index.get("a")), list(index.get("x"))) == (["1", "2"], [])
    assert index.built() is BASE


def test_rows_come_and_go() -> None:
    index = DraftIndex(BASE)
    index.leave("1", "a")
    index.enter("1", "c")
    index.leave("3", "b")
    index.enter("4", "a")
    assert (list(index.get("a")), list(index.get("b"))) == (["2", "4"], [])
    assert index.built() == {"a": ("2", "4"), "c": ("1",)}
    assert BASE == {"a": ("1", "2"), "b": ("3",)}
