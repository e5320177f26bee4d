"""Which moves go back by themselves, and which go on."""

from __future__ import annotations

import pytest

from tests.unit.services.takeover.scenes import cluster, health, moved, scene
from xcatd.services.health.state import Word
from xcatd.services.takeover import Back, Deed, Resume, judged

AT_SN2 = {"n1": "sn2,sn1", "n2": "sn2,sn1"}
BACK = Back("4", "sn2", "sn1", ("n1", "n2"))
WELL = [health("sn2", Word.HEALTHY), health("sn3", Word.HEALTHY)]


def deeds(
    site: str, lasts: float, word: Word = Word.HEALTHY, *, damped: bool = False, takeover: str = ""
) -> list[Deed]:
    rows = [{"node": "n2", "back": takeover}] if takeover else []
    there = cluster(AT_SN2, site, rows, [moved(4, "sn1", "sn2", "n1", "n2")])
    return judged(scene(there, health("sn1", word, lasts, damped=damped), *WELL)).deeds


def test_they_go_back_after_their_time_of_health() -> None:
    assert deeds("60:600", 600.0) == [BACK]
    assert deeds("60:600", 599.0) == []
    assert deeds("60", 9999.0) == []
    assert deeds("0:600", 600.0) == [BACK], "what has been taken goes back, also when no more is to be taken"


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.HEALTHY])
def test_not_to_one_that_is_not_healthy(word: Word) -> None:
    assert deeds("60:600", 9999.0, word) == []


def test_nor_to_one_whose_health_changes_all_the_time() -> None:
    assert deeds("60:600", 600.0, damped=True) == []


def test_all_nodes_of_a_move_go_together() -> None:
    assert deeds("60:600", 600.0, takeover="900") == []
    assert deeds("60:600", 900.0, takeover="900") == [BACK]
    assert deeds("60:600", 9999.0, takeover="0") == []


def test_nodes_that_somebody_has_moved_since_stay_where_they_are() -> None:
    there = cluster({"n1": "sn2,sn1", "n2": "sn3,sn2,sn1"}, "60:600", snmoves=[moved(4, "sn1", "sn2", "n1", "n2")])
    assert judged(scene(there, health("sn1", Word.HEALTHY), *WELL)).deeds == []


def test_nodes_that_are_gone_hold_up_nobody() -> None:
    there = cluster(
        {"n1": "sn2,sn1"}, "60:5", snmoves=[moved(4, "sn1", "sn2", "n1", "n2"), moved(5, "sn1", "sn2", "n9")]
    )
    assert judged(scene(there, health("sn1", Word.HEALTHY), *WELL)).deeds == [Back("4", "sn2", "sn1", ("n1",))]


def test_what_was_taken_twice_goes_back_twice_when_its_first_home_is_well() -> None:
    rows = [moved(4, "sn1", "sn2", "n1"), moved(5, "sn2", "sn3", "n1")]
    there = cluster({"n1": "sn3,sn2,sn1"}, "60:5", snmoves=rows)
    dead = health("sn2", Word.DEAD)
    assert judged(scene(there, health("sn1", Word.HEALTHY), dead, *WELL[1:])).deeds == [
        Back("5", "sn3", "sn2", ("n1",))
    ]
    assert judged(scene(there, health("sn1", Word.DEAD), *WELL)).deeds == []
    there = cluster({"n1": "sn2,sn3,sn1"}, "60:5", snmoves=rows[:1])
    assert judged(scene(there, health("sn1", Word.HEALTHY), dead, *WELL[1:])).deeds == [
        Back("4", "sn2", "sn1", ("n1",))
    ]


def test_moves_of_ours_that_were_cut_short_go_on_whatever_is_set() -> None:
    rows = [moved(4, "sn1", "sn2", "n1", state="moving"), moved(5, "sn1", "sn2", "n2", state="returning")]
    there = cluster(AT_SN2, snmoves=rows)
    assert judged(scene(there, health("sn1", Word.HEALTHY), *WELL)).deeds == [
        Resume("5", "sn1", "sn2", ("n2",)),
        Resume("4", "sn1", "sn2", ("n1",)),
    ]
    assert judged(scene(there, *WELL, moving=("n1", "n2"))).deeds == []
    rows = [moved(4, "sn1", "sn2", "n1", state="moving", by_itself=False)]
    assert judged(scene(cluster(AT_SN2, snmoves=rows), *WELL)).deeds == []


def test_a_step_that_has_failed_is_done_again_unless_the_nodes_go_back() -> None:
    rows = [moved(4, "sn1", "sn2", "n1", "n2", failed="n2")]
    there = cluster(AT_SN2, "60:600", snmoves=rows)
    assert judged(scene(there, health("sn1", Word.DEAD), *WELL)).deeds == [Resume("4", "sn1", "sn2", ("n1", "n2"))]
    assert judged(scene(there, health("sn1", Word.HEALTHY, 700.0), *WELL)).deeds == [BACK]


def test_a_row_that_somebody_has_spoilt_is_passed_over() -> None:
    there = cluster(AT_SN2, "60:5", snmoves=[{**moved(4, "sn1", "sn2", "n1"), "plan": "{"}])
    assert judged(scene(there, health("sn1", Word.HEALTHY), *WELL)).deeds == []
