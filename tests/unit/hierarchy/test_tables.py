"""Tables and changes as text on a link."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.errors import Malformed
from xcatd.hierarchy.tables import ROWS, changes_from_json, changes_to_json, table_to_json
from xcatd.store import Append, Change, Delete, Put

texts = st.text(max_size=8)
cells = st.dictionaries(texts, texts, max_size=3)
changes = st.lists(
    st.builds(Put, texts, cells, st.dictionaries(texts, st.none() | texts, max_size=3))
    | st.builds(Delete, texts, cells)
    | st.builds(Append, texts, cells),
    max_size=5,
)


@given(changes, texts)
def test_changes_arrive_as_they_were_sent(sent: list[Change], author: str) -> None:
    assert changes_from_json(changes_to_json(sent, author)) == (sent, author)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"author": "root"}',
        b'{"author": "root", "changes": [["drop", "site"]]}',
        b'{"author": "root", "changes": [["put", "site"]]}',
        b'{"author": "root", "changes": 3}',
        b'{"author": "root", "changes": [3]}',
    ],
)
def test_what_is_no_list_of_changes_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed, match="change of tables"):
        changes_from_json(text)


@pytest.mark.parametrize("count", [0, 1, ROWS, ROWS + 1, 3 * ROWS])
def test_a_table_travels_in_pieces_of_which_the_last_says_so(count: int) -> None:
    view = snapshot_of(nodelist=[{"node": f"n{number}", "groups": None} for number in range(count)]).table("nodelist")
    pieces = [json.loads(piece) for piece in table_to_json(view)]
    assert [piece["more"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    rows = [row for piece in pieces for row in piece["rows"]]
    node, groups = (pieces[0]["columns"].index(column) for column in ("node", "groups"))
    assert [(row[node], row[groups]) for row in rows] == [(f"n{number}", None) for number in range(count)]
