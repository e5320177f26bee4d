"""What a service node is said to be, by what was seen of it; the seconds are the test's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.health.judgement import AFTER, ALONE, BLINK, STALL, STEADY, YOUNG, Judgement, Seen
from xcatd.services.health.penalty import HALF_LIFE
from xcatd.services.health.state import Health, Word

LINKED = Seen(is_linked=True)
UNLINKED = Seen(is_linked=False)


def unreached(asked: int = 0, reach: int = 0, miss: int = 0) -> Seen:
    """Nothing answers this daemon; what others say."""
    return Seen(is_linked=False, reached=False, asked=asked, reach=reach, miss=miss)


@dataclass(slots=True)
class Watch:
    """A service node that is looked at every second."""

    now: float = 1000.0
    judgement: Judgement = field(init=False)

    def __post_init__(self) -> None:
        self.judgement = Judgement("sn1", self.now)

    def sees(self, seen: Seen, seconds: float = 1.0) -> Health:
        """The same for some time; gives what is said at its end."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1)
            health = self.judgement.look(self.now, seen)
        return health


def linked() -> Watch:
    """One that has its link for a minute."""
    watch = Watch()
    watch.sees(LINKED, 60)
    return watch


def test_one_that_has_called_is_healthy_at_once() -> None:
    watch = Watch()
    assert watch.sees(LINKED) == Health("sn1", Word.HEALTHY, 1001.0)
    assert watch.sees(LINKED, 100).since == 1001.0


def test_nothing_is_known_of_one_that_may_still_call() -> None:
    watch = Watch()
    assert watch.sees(unreached(2, miss=2), YOUNG - 1).word is Word.UNKNOWN
    assert watch.sees(unreached(2, miss=2), 2).word is Word.DEAD


def test_a_blink_changes_nothing() -> None:
    watch = linked()
    assert watch.sees(UNLINKED, BLINK).word is Word.HEALTHY
    health = watch.sees(LINKED, 10)
    assert (health.word, health.since) == (Word.HEALTHY, 1001.0)


def test_after_that_it_is_suspect_until_the_link_has_been_back_for_a_while() -> None:
    watch = linked()
    assert watch.sees(UNLINKED, AFTER - 1) == Health("sn1", Word.SUSPECT, 1063.0, ("it has no link",))
    assert watch.sees(LINKED, STEADY).reasons == ("its link has only just come back",)
    assert watch.sees(LINKED).word is Word.HEALTHY


def test_services_that_do_not_answer_make_it_suspect_and_never_more() -> None:
    watch = linked()
    health = watch.sees(Seen(is_linked=True, faults=("TFTP does not answer",)), 3600)
    assert (health.word, health.reasons, health.damped) == (Word.SUSPECT, ("TFTP does not answer",), False)
    assert watch.sees(LINKED).word is Word.HEALTHY


@pytest.mark.parametrize(
    ("seen", "word", "reason"),
    [
        (unreached(3, miss=2), Word.DEAD, "2 of 3 other service nodes do not reach it either"),
        (unreached(1, miss=1), Word.DEAD, "1 of 1 other service nodes do not reach it either"),
        (unreached(3, reach=2, miss=1), Word.CUT, "2 of 3 other service nodes reach it"),
        (unreached(2, reach=1, miss=1), Word.SUSPECT, "1 of 2 other service nodes do not reach it either"),
        (unreached(4, miss=2), Word.SUSPECT, "2 of 4 other service nodes do not reach it either"),
        (unreached(2), Word.SUSPECT, "0 of 2 other service nodes do not reach it either"),
        (Seen(is_linked=False, reached=True, asked=2, miss=2), Word.SUSPECT, "its daemon answers"),
        (Seen(is_linked=False, asked=2, miss=2), Word.SUSPECT, "it has no link"),
    ],
)
def test_the_majority_of_those_that_were_asked_counts(seen: Seen, word: Word, reason: str) -> None:
    watch = linked()
    assert watch.sees(seen, AFTER).word is not Word.DEAD
    health = watch.sees(seen)
    assert health.word is word
    assert reason in health.reasons[0]


def test_alone_it_takes_twice_the_time() -> None:
    watch = linked()
    assert watch.sees(unreached(), ALONE).word is Word.SUSPECT
    assert watch.sees(unreached()).word is Word.DEAD


def test_the_dead_stay_so_until_something_speaks_against_it() -> None:
    watch = linked()
    dead = watch.sees(unreached(2, miss=2), AFTER + 2)
    for doubtful in (unreached(), unreached(2), unreached(2, reach=1, miss=1)):
        assert watch.sees(doubtful, 60) == Health("sn1", Word.DEAD, dead.since, watch.judgement.health.reasons)
    assert watch.sees(unreached(2, reach=2)).word is Word.CUT
    assert watch.sees(unreached(), 60).word is Word.CUT  # it is this daemon that is cut off, and now sees nobody
    assert watch.sees(unreached(2, miss=2)).word is Word.DEAD


def test_what_this_daemon_has_slept_through_counts_for_nothing() -> None:
    watch = linked()
    watch.sees(unreached(2, miss=2), 5)
    watch.now += 10 * STALL
    assert watch.sees(unreached(2, miss=2)).word is Word.SUSPECT
    assert watch.sees(unreached(2, miss=2), AFTER).word is Word.DEAD


def fall(watch: Watch) -> Health:
    watch.sees(unreached(2, miss=2), AFTER + 5)
    return watch.sees(LINKED, STEADY + 5)


def test_the_third_fall_in_a_row_damps_it_until_the_penalty_has_halved_twice() -> None:
    watch = linked()
    assert [fall(watch).damped for _ in range(4)] == [False, False, True, True]
    assert watch.sees(LINKED, HALF_LIFE).damped
    health = watch.sees(LINKED, 2 * HALF_LIFE)
    assert (health.word, health.damped) == (Word.HEALTHY, False)


def test_falls_that_lie_far_apart_damp_nothing() -> None:
    watch = linked()
    for _ in range(10):
        assert not fall(watch).damped
        watch.sees(LINKED, 2 * HALF_LIFE)


def votes() -> st.SearchStrategy[Seen]:
    def seen(reached: bool | None, asked: int, miss: int, reach: int) -> Seen:
        miss = min(miss, asked)
        return Seen(is_linked=False, reached=reached, asked=asked, miss=miss, reach=min(reach, asked - miss))

    few = st.integers(0, 5)
    return st.builds(seen, st.sampled_from((None, True, False)), few, few, few)


SIGHTS = st.one_of(st.just(LINKED), st.just(Seen(is_linked=True, faults=("no TFTP",))), votes())
STORY = st.lists(st.tuples(SIGHTS, st.sampled_from((1, 2, 3, 9, 12, 25))), min_size=1, max_size=40)


def told(watch: Watch, story: Iterable[tuple[Seen, int]]) -> Iterable[tuple[Health, Seen, Health]]:
    """Second by second: what was said before, what is seen, what is said."""
    for seen, seconds in story:
        for _ in range(seconds):
            before = watch.judgement.health
            yield before, seen, watch.sees(seen)


@given(STORY)
def test_nobody_dies_without_a_majority(story: list[tuple[Seen, int]]) -> None:
    watch = Watch()
    for before, seen, after in told(watch, story):
        if after.word is Word.DEAD and before.word is not Word.DEAD:
            gone = watch.judgement.missing_for(watch.now)
            assert not seen.is_linked
            assert seen.reached is False
            assert 2 * seen.miss > seen.asked if seen.asked else gone >= ALONE
            assert gone >= AFTER


@given(STORY)
def test_everything_heals_when_all_is_well_for_long_enough(story: list[tuple[Seen, int]]) -> None:
    watch = Watch()
    for _ in told(watch, story):
        pass
    assert watch.sees(LINKED, STEADY + 1).word is Word.HEALTHY
    assert watch.sees(LINKED, 3 * HALF_LIFE) == Health("sn1", Word.HEALTHY, watch.judgement.health.since)


@given(st.lists(st.integers(AFTER.__ceil__() + 3, 40), min_size=3, max_size=12))
def test_whoever_falls_again_and_again_is_damped(falls: list[int]) -> None:
    watch = linked()
    for seconds in falls:
        watch.sees(unreached(2, miss=2), seconds)
        watch.sees(LINKED, STEADY + 1)
    assert watch.judgement.health.damped
