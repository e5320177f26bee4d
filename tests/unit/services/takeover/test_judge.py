"""What is to be done with the nodes of a dead service node."""

from __future__ import annotations

import pytest

from tests.unit.services.takeover.scenes import cluster, health, moved, scene
from xcatd.services.health.state import Word
from xcatd.services.takeover import Back, Go, Judgement, judged
from xcatd.services.takeover.scene import About

DEAD = health("sn1", Word.DEAD, 60.0)
WELL = [health(name, Word.HEALTHY) for name in ("sn2", "sn3")]
POOLS = {"n1": "sn1,sn2", "n2": "sn1,sn2", "n3": "sn1", "n4": "sn2,sn1"}


def texts(found: Judgement) -> list[str]:
    return [one.text for one in found.remarks]


def test_nothing_moves_where_nobody_has_said_so() -> None:
    assert judged(scene(cluster(POOLS), DEAD, *WELL)) == Judgement()


def test_the_nodes_of_a_dead_one_go_and_those_without_another_stay() -> None:
    found = judged(scene(cluster(POOLS, "60"), DEAD, *WELL))
    assert found.deeds == [Go("sn1", "sn2", ("n1", "n2"))]
    assert texts(found) == ["sn1 is dead, and n3 stay with it: no other service node is in their pool"]


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.DEAD])
def test_nobody_else_than_a_dead_one_loses_nodes(word: Word) -> None:
    assert judged(scene(cluster(POOLS, "60"), health("sn1", word, 999.0), *WELL)) == Judgement()


def test_each_node_waits_for_its_own_time() -> None:
    there = cluster(POOLS, "60", [{"node": "n2", "after": "61"}])
    assert judged(scene(there, DEAD, *WELL)).deeds == [Go("sn1", "sn2", ("n1",))]


def test_nodes_that_go_back_after_different_times_are_moves_of_their_own() -> None:
    there = cluster(POOLS, "60", [{"node": "n2", "back": "100"}])
    assert judged(scene(there, DEAD, *WELL)).deeds == [Go("sn1", "sn2", ("n1",)), Go("sn1", "sn2", ("n2",))]


def test_nodes_on_their_way_are_left_alone() -> None:
    assert judged(scene(cluster(POOLS, "60"), DEAD, *WELL, moving=("n1",))).deeds == [Go("sn1", "sn2", ("n2",))]


def test_nodes_of_a_move_of_somebody_else_are_his_affair() -> None:
    row = moved(7, "sn1", "sn2", "n1", state="moving", by_itself=False)
    found = judged(scene(cluster(POOLS, "60", snmoves=[row]), DEAD, *WELL))
    assert found.deeds == [Go("sn1", "sn2", ("n2",))]
    assert texts(found)[0] == "sn1 is dead, and n1 stay with it: snmove 7 has not come to its end: see snmove --list"
    row = moved(7, "sn1", "sn2", "n1", "n2", "n3", state="moving", by_itself=False)
    assert judged(scene(cluster(POOLS, "60", snmoves=[row]), DEAD, *WELL)).deeds == []


def test_one_whose_health_changes_all_the_time_keeps_its_nodes() -> None:
    found = judged(scene(cluster(POOLS, "60"), health("sn1", Word.DEAD, damped=True), *WELL))
    assert (found.deeds, len(found.remarks), found.remarks[0].about) == ([], 1, About.HELD)
    assert "its health changes too often" in texts(found)[0]


@pytest.mark.parametrize("word", [Word.SUSPECT, Word.CUT, Word.UNKNOWN, Word.DEAD])
def test_only_a_healthy_one_gets_nodes(word: Word) -> None:
    found = judged(
        scene(
            cluster({"n1": "sn1,sn2"}, "60"),
            DEAD,
            health("sn2", word, 1.0),
            *WELL[1:],
            health("sn4", Word.HEALTHY),
            health("sn5", Word.HEALTHY),
        )
    )
    assert found.deeds == []
    assert texts(found) == ["sn1 is dead, and n1 stay with it: no other one of their pool is healthy now"]


def test_one_that_is_drained_gets_none() -> None:
    there = cluster({"n1": "sn1,sn2"}, "60", more={"sndrained": [{"node": "sn2", "state": "draining"}]})
    assert judged(scene(there, DEAD, *WELL)).deeds == []


def test_the_management_node_gets_nodes_if_it_is_in_their_pool() -> None:
    assert judged(scene(cluster({"n1": "sn1,mn1"}, "60"), DEAD)).deeds == [Go("sn1", "mn1", ("n1",))]


def test_with_more_than_half_unseen_nothing_moves() -> None:
    there = cluster({"n1": "sn1,sn3", "n2": "sn2,sn3"}, "60")
    found = judged(scene(there, DEAD, health("sn2", Word.DEAD, 60.0), WELL[1]))
    assert found.deeds == []
    assert texts(found)[0] == (
        "sn1 is dead, and n1 stay with it: 2 of 3 service nodes cannot be reached (sn[1-2]): more likely this management node is "
        "cut off; by hand: snmove -s sn1"
    )
    assert judged(scene(there, DEAD, health("sn2", Word.CUT, 60.0), WELL[1])).deeds == []


def test_one_whose_link_has_just_gone_counts_as_unseen() -> None:
    there = cluster({"n1": "sn1,sn3", "n2": "sn2,sn3"}, "1")
    sight = scene(there, DEAD, health("sn2", Word.HEALTHY), WELL[1])
    assert judged(sight).deeds == [Go("sn1", "sn3", ("n1",))]
    blind = type(sight)(sight.world, sight.healths, ["sn3"], sight.now, sight.me)
    assert judged(blind).deeds == []


def test_half_of_them_is_not_more_than_half_and_one_is_no_crowd() -> None:
    there = cluster({"n1": "sn1,sn3", "n2": "sn2,sn3"}, "60")
    both = judged(scene(there, DEAD, health("sn2", Word.DEAD, 60.0), WELL[1], health("sn4", Word.HEALTHY)))
    assert both.deeds == [Go("sn1", "sn3", ("n1",)), Go("sn2", "sn3", ("n2",))]
    assert judged(scene(cluster({"n1": "sn1,mn1"}, "60"), DEAD)).deeds != []


def test_a_dead_one_that_serves_nobody_any_more_is_no_sign() -> None:
    there = cluster({"n2": "sn2,sn3"}, "60")
    found = judged(scene(there, DEAD, health("sn2", Word.DEAD, 60.0), WELL[1]))
    assert found.deeds == [Go("sn2", "sn3", ("n2",))]


def test_when_the_one_that_took_them_dies_they_go_home_if_home_is_healthy() -> None:
    row = moved(4, "sn1", "sn2", "n1")
    there = cluster({"n1": "sn2,sn1,sn3", "n2": "sn2,sn3"}, "60", snmoves=[row])
    found = judged(scene(there, health("sn1", Word.HEALTHY, 1.0), health("sn2", Word.DEAD, 60.0), WELL[1]))
    assert found.deeds == [Back("4", "sn2", "sn1", ("n1",)), Go("sn2", "sn3", ("n2",))]


def test_and_to_a_third_one_if_it_is_not_as_a_move_of_their_own() -> None:
    row = moved(4, "sn1", "sn2", "n1")
    there = cluster({"n1": "sn2,sn1,sn3", "n2": "sn2,sn3"}, "60", snmoves=[row])
    healths = [
        health("sn1", Word.CUT),
        health("sn2", Word.DEAD, 60.0),
        *[health(f"sn{n}", Word.HEALTHY) for n in range(3, 7)],
    ]
    found = judged(scene(there, *healths))
    assert found.deeds == [Go("sn2", "sn3", ("n1",)), Go("sn2", "sn3", ("n2",))]
