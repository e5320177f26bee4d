"""Notes of changed rows: what is written is read, and what does not say enough is not believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.store.engine.journal import MOST, read, written

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)


@given(st.sets(texts, min_size=1, max_size=5))
def test_keys_of_one_column_come_back(idents: set[str]) -> None:
    assert read([written(sorted(idents))], 1) == idents


@given(st.sets(st.tuples(texts, texts, texts), min_size=1, max_size=5))
def test_keys_of_several_columns_come_back(idents: set[tuple[str, str, str]]) -> None:
    assert read([written(sorted(idents))], 3) == idents


def test_the_form_that_every_database_writes() -> None:
    assert written(["é.", ""]) == "c3a92e,"
    assert written([("a", "", "b")]) == "61..62"
    assert read(["C3A92E", "61,62"], 1) == {"é.", "a", "b"}


def test_the_number_of_a_second_row_with_the_same_key_is_part_of_it() -> None:
    """Such a key is never asked for: it has another number of columns."""
    assert read([written([("a", "", 1)])], 2) is None


@pytest.mark.parametrize(
    ("notes", "columns"),
    [
        (["61", None], 1),  # any row
        (["61.62"], 1),  # the key of the table had two columns then
        (["61"], 2),
        (["FF"], 1),  # not UTF-8
        ([written(map(str, range(MOST + 1)))], 1),
        ([written([str(number)]) for number in range(MOST + 1)], 1),
    ],
)
def test_notes_that_do_not_say_which_rows(notes: list[str | None], columns: int) -> None:
    assert read(notes, columns) is None


def test_as_many_as_are_worth_noting() -> None:
    assert read([written(map(str, range(MOST)))], 1) == {str(number) for number in range(MOST)}
    assert read([], 1) == frozenset()
