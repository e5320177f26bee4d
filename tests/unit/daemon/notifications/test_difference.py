"""What a hook reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.daemon.notifications.difference import APART, difference

Rows = Sequence[Mapping[str, str | None]]

N1 = {"node": "n1", "rack": "r1", "u": "5"}
N2 = {"node": "n2", "rack": "r1"}
HEADER = "node,rack,u,chassis,slot,room,height,comments,disable"


def told(before: Rows, after: Rows, actions: str = "aud") -> list[str]:
    """The notices of a change of table nodepos."""
    old, new = (snapshot_of(nodepos=rows).table("nodepos") for rows in (before, after))
    return list(difference(old, new).notices(actions))


def test_an_added_row_comes_with_the_cells_that_it_has() -> None:
    assert told([N1], [N1, N2]) == ["a\nnodepos\n[old data]\n[new data]\nnode,rack\nn2,r1\n"]


def test_an_updated_row_comes_whole_then_its_key_and_what_has_changed() -> None:
    assert told([N1, N2], [N1 | {"rack": "r2", "u": None}, N2]) == [
        f"u\nnodepos\n[old data]\n{HEADER}\nn1,r1,5,,,,,,\n[new data]\nnode,rack,u\nn1,r2,\n"
    ]


def test_deleted_rows_come_together() -> None:
    assert told([N1, N2], []) == [f"d\nnodepos\n[old data]\n{HEADER}\nn1,r1,5,,,,,,\nn2,r1,,,,,,,\n[new data]\n"]


def test_rows_that_are_as_they_were_are_not_told() -> None:
    assert told([N1, N2], [N2, N1]) == []


@pytest.mark.parametrize(("actions", "letters"), [("aud", "dua"), ("a", "a"), ("u", "u"), ("d", "d"), ("", "")])
def test_a_hook_hears_of_its_actions_only(actions: str, letters: str) -> None:
    notices = told([N1, N2], [N1 | {"u": "6"}, {"node": "n3", "rack": "r1"}], actions)
    assert "".join(notice[0] for notice in notices) == letters


def test_many_rows_are_told_at_once() -> None:
    some = [{"node": f"n{number}", "rack": "r1"} for number in range(APART + 1)]
    moved = [row | {"rack": "r2"} for row in some]
    (added,) = told([], some)
    (updated,) = told(some, moved)
    assert added.startswith(f"a\nnodepos\n[old data]\n[new data]\n{HEADER}\nn0,r1,,,,,,,\nn1,r1,,,,,,,\n")
    old, _, new = updated.partition("[new data]\n")
    assert (old.count("\n"), new.count("\n")) == (APART + 5, APART + 2)
    assert new.splitlines()[:2] == [HEADER, "n0,r2,,,,,,,"]
    assert len(told([], some[1:])) == APART


def test_a_cell_of_several_lines_cannot_look_like_other_lines() -> None:
    (notice,) = told([], [{"node": "n1", "comments": "a\n[old data]\r\nb"}])
    assert notice.splitlines()[-1] == "n1,a [old data] b"
