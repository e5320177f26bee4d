"""Which service nodes serve nobody for now."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import world
from xcatd.services.drained import Drain, drain_of
from xcatd.store import TABLES, Schema, Snapshot

ROWS = [
    {"node": "sn1", "state": "drained"},
    {"node": "sn2", "state": "draining"},
    {"node": "sn3", "state": "whatever"},
    {"node": "sn4", "state": "drained", "disable": "1"},
]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("sn1", Drain.DRAINED),
        ("sn1.cluster.example", Drain.DRAINED),
        ("sn2", Drain.DRAINING),
        ("sn3", Drain.DRAINING),
        ("sn4", None),
        ("sn5", None),
    ],
)
def test_a_row_says_how_far_one_has_come(name: str, state: Drain | None) -> None:
    assert drain_of(world(sndrained=ROWS).snapshot, name) is state


def test_an_older_management_node_has_no_such_table() -> None:
    older = Snapshot.from_tables({"site": (["key"], [])}, schema=Schema({"site": TABLES["site"]}))
    assert "sndrained" not in older
    assert drain_of(older, "sn1") is None
