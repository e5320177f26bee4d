"""Tables and changes as text on a link."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.errors import Malformed
from xcatd.hierarchy.tables import ROWS, Arriving, Gathering, changes_to_json, patch_to_json
from xcatd.model import Origin
from xcatd.store import Append, Change, Delete, Exact, Put, Replace, TableView
from xcatd.store.changes import Once
from xcatd.store.patch import patch_of

texts = st.text(max_size=8)
cells = st.dictionaries(texts, texts, max_size=3)
rows = st.dictionaries(texts, st.none() | texts, max_size=3)
changes = st.lists(
    st.builds(Put, texts, cells, st.dictionaries(texts, st.none() | texts, max_size=3))
    | st.builds(Delete, texts, cells)
    | st.builds(Append, texts, cells)
    | st.builds(Exact, texts, st.none() | rows, st.none() | rows)
    | st.builds(Replace, texts, st.lists(rows, max_size=3)),
    max_size=5,
)


def arrived(sent: Sequence[Change], origin: Origin) -> Arriving:
    arriving = Arriving()
    pieces = list(changes_to_json(sent, origin, Once("w", 7)))
    assert [arriving.take(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    return arriving


@given(changes, st.builds(Origin, texts, texts, texts, texts, texts))
def test_changes_arrive_as_they_were_sent(sent: list[Change], origin: Origin) -> None:
    arriving = arrived(sent, origin)
    assert (arriving.changes, arriving.origin, arriving.once) == (sent, origin, Once("w", 7))


@pytest.mark.parametrize("count", [0, ROWS - 1, ROWS, 3 * ROWS + 1])
def test_a_long_write_travels_in_pieces(count: int) -> None:
    sent: list[Change] = [
        *(Put("nodelist", {"node": f"n{number}"}, {"groups": None}) for number in range(count)),
        Replace("site", [{"key": f"k{number}"} for number in range(count)]),
        Delete("site", {"key": "k0"}),
    ]
    assert arrived(sent, Origin("root")).changes == sent
    assert (
        max(len(json.loads(piece)["changes"]) for piece in changes_to_json(sent, Origin("root"), Once("w", 7))) <= ROWS
    )


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
        b'{"author": {}, "once": ["w", 1], "changes": [], "more": false}',
        b'{"author": {"user": "root"}, "once": ["w", 1], "changes": []}',
        b'{"author": {"user": "root", "shoe": "9"}, "changes": [], "more": false}',
        b'{"author": {"user": "root"}, "changes": [["put", "site", 3, 4]], "more": false}',
        b'{"author": {"user": "root"}, "changes": [], "more": false}',
        b'{"author": {"user": "root"}, "once": ["w"], "changes": [], "more": false}',
    ],
)
def test_what_is_no_list_of_changes_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed, match="change of tables"):
        Arriving().take(text)


def nodes(count: int) -> TableView:
    return snapshot_of(nodelist=[{"node": f"n{number}", "groups": None} for number in range(count)]).table("nodelist")


@pytest.mark.parametrize("count", [0, 1, ROWS, ROWS + 1, 3 * ROWS])
def test_a_table_travels_in_pieces_of_which_the_last_says_so(count: int) -> None:
    pieces = [json.loads(piece) for piece in patch_to_json("nodelist", patch_of(nodes(count), None))]
    assert [piece["more"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    gathering = Gathering()
    for piece in pieces:
        assert gathering.arrived == {}
        gathering.take(piece)
    patch = gathering.arrived["nodelist"]
    node, groups = (patch.columns.index(column) for column in ("node", "groups"))
    assert patch.whole
    assert [(row[node], row[groups]) for row in patch.rows] == [(f"n{number}", None) for number in range(count)]


def test_a_few_rows_travel_in_one_piece() -> None:
    sent = patch_of(nodes(500), {"n7": False, "n499": True, "x": True})
    (piece,) = patch_to_json("nodelist", sent)
    gathering = Gathering()
    gathering.take(json.loads(piece))
    assert gathering.arrived == {"nodelist": sent}
    assert [row[0] for row in sent.rows] == ["n7", "n499"]
    assert sent.gone == ["n499", "x"]
