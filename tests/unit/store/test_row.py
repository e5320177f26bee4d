"""A row reads like a dictionary of texts."""

from __future__ import annotations

import pytest

from xcatd.errors import NotFound
from xcatd.store import STANDARD
from xcatd.store.row import Row, share


def site(*values: str | None) -> Row:
    return Row(STANDARD.layouts["site"], values)


def test_null_and_empty_cells_read_as_the_empty_text() -> None:
    row = site("domain", None, "", None)
    assert (row["value"], row["comments"], row.get("key")) == ("", "", "domain")


def test_the_cells_are_as_they_are_stored() -> None:
    cells = {"key": "domain", "value": None, "comments": "", "disable": None}
    assert site("domain", None, "", None).cells() == cells


def test_raw_tells_null_from_empty() -> None:
    row = site("domain", None, "", None)
    assert (row.raw("value"), row.raw("comments")) == (None, "")


def test_a_column_that_does_not_exist_is_named_in_xcats_words() -> None:
    with pytest.raises(NotFound, match='No column "colour" in table "site"'):
        site("domain", "x", None, None)["colour"]


@pytest.mark.parametrize("text", [None, "0", "no", "NO", "No", "nO"])
def test_disable_leaves_the_row_in_use(text: str | None) -> None:
    assert not site("domain", "x", None, text).hidden


@pytest.mark.parametrize("text", ["", "1", "yes", "n", " no"])
def test_disable_hides_the_row_even_when_it_is_the_empty_text(text: str) -> None:
    assert site("domain", "x", None, text).hidden


def test_a_row_becomes_a_dictionary() -> None:
    row = site("domain", "x", None, None)
    assert dict(row) == {"key": "domain", "value": "x", "comments": "", "disable": ""}
    assert list(row) == list(row.columns) == ["key", "value", "comments", "disable"]
    assert len(row) == 4


def test_rows_are_equal_when_their_cells_are() -> None:
    assert site("a", "b", None, None) == site("a", "b", None, None)
    assert site("a", "b", None, None) != site("a", "b", "", None)
    assert len({site("a", "b", None, None), site("a", "b", None, None)}) == 1


def test_a_row_does_not_show_its_cells_by_accident() -> None:
    row = Row(STANDARD.layouts["passwd"], ("system", "root", "geheim", None, None, None, None))
    assert "geheim" not in repr(row)


def test_equal_texts_are_shared() -> None:
    (first,), (second,) = share([["".join(["cn", "01"])], ["".join(["cn", "01"])]], {})
    assert first is second
