"""Table bootmissed: which service nodes have missed whose boot files."""

from __future__ import annotations

from tests.unit.objects.worlds import world
from xcatd.objects import World
from xcatd.services.boot.missed import missed_by, noted, settled
from xcatd.store import Delete, Put

NODES = [{"node": f"n{number}", "groups": "all"} for number in range(1, 5)]


def there(*rows: dict[str, str]) -> World:
    return world(nodelist=NODES, bootmissed=list(rows))


def test_what_was_missed_is_added_to_what_was_missed_before() -> None:
    snapshot = there({"node": "sn1", "nodes": "n[1-2]"}).snapshot
    assert noted(snapshot, ["sn2", "sn1"], ["n3"]) == [
        Put("bootmissed", {"node": "sn1"}, {"nodes": "n[1-3]"}),
        Put("bootmissed", {"node": "sn2"}, {"nodes": "n3"}),
    ]
    assert noted(snapshot, ["sn1"], []) == ()


def test_nodes_that_are_gone_are_not_asked_for_and_settled_with_the_others() -> None:
    made = there({"node": "sn1", "nodes": "n[3-6]"}, {"node": "sn2", "nodes": "n1", "disable": "1"})
    assert missed_by(made) == {"sn1": ["n3", "n4"]}
    assert settled(made.snapshot, "sn1", ["n3", "n4", "n5", "n6"]) == [Delete("bootmissed", {"node": "sn1"})]


def test_what_is_left_stays() -> None:
    snapshot = there({"node": "sn1", "nodes": "n[1-3]"}).snapshot
    assert settled(snapshot, "sn1", ["n1", "n3"]) == [Put("bootmissed", {"node": "sn1"}, {"nodes": "n2"})]
    assert settled(snapshot, "sn1", ["n4"]) == ()


def test_text_that_names_no_nodes_is_replaced() -> None:
    made = there({"node": "sn1", "nodes": "n[1-"})
    assert missed_by(made) == {"sn1": []}
    assert noted(made.snapshot, ["sn1"], ["n1"]) == [Put("bootmissed", {"node": "sn1"}, {"nodes": "n1"})]
