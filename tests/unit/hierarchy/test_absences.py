"""Service nodes that are away: noticed after ten seconds, and told to those that are there."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest

from tests.unit.hierarchy.wires import linked
from xcatd.errors import Loop, Malformed
from xcatd.hierarchy import Links
from xcatd.hierarchy.absences import AFTER, FIRST, Absences, read_absent
from xcatd.protocol.frames import Kind


class Watch:
    """A daemon above sn1 (which may be linked) and sn2 (which never is)."""

    def __init__(self) -> None:
        self.links = Links()
        self.told: list[Collection[str]] = []
        self.expected: Collection[str] = ("sn1", "sn2")
        self.absences = Absences(self.links, self._names, self.told.append)

    def _names(self) -> Collection[str]:
        if not self.expected:
            raise Loop("a circle")
        return self.expected


async def test_one_that_has_lost_its_link_is_away_until_it_has_one() -> None:
    watch = Watch()
    watch.expected = ("sn1",)
    async with linked() as pair:
        watch.links.join(pair.down)
        watch.absences.look(100.0)
        watch.links.leave(pair.down)
        watch.absences.look(101.0)
        watch.absences.look(101.0 + AFTER - 0.1)
        assert watch.told == []
        watch.absences.look(101.0 + AFTER)
        watch.absences.look(102.0 + AFTER)
        assert watch.told == [{"sn1"}]
        watch.links.join(pair.down)
        watch.absences.look(103.0 + AFTER)
        assert watch.told == [{"sn1"}, frozenset()]
        assert [read_absent(frame.payload) for frame in pair.mn.sent if frame.kind is Kind.AWAY] == []
        watch.links.leave(pair.down)
        watch.absences.look(109.0)
        watch.links.join(pair.down)
        watch.absences.look(109.0 + AFTER)
        assert len(watch.told) == 2, "sn1 came back in time"


async def test_one_that_has_not_called_yet_has_longer() -> None:
    watch = Watch()
    async with linked() as pair:
        watch.links.join(pair.down)
        watch.absences.look(100.0)
        watch.absences.look(100.0 + FIRST - 0.1)
        assert watch.told == []
        watch.absences.look(100.0 + FIRST)
        watch.absences.look(101.0 + FIRST)
        assert watch.told == [{"sn2"}]
        (frame,) = [frame for frame in pair.mn.sent if frame.kind is Kind.AWAY]
        assert read_absent(frame.payload) == ["sn2"]


async def test_a_newcomer_is_told_who_is_away() -> None:
    watch = Watch()
    watch.absences.look(0.0)
    watch.absences.look(FIRST)
    assert watch.told == [{"sn1", "sn2"}]
    async with linked() as pair:
        watch.links.join(pair.down)
        watch.absences.look(FIRST + 1)
        assert watch.told[-1] == {"sn2"}
        assert json.loads(pair.mn.sent[-1].payload) == ["sn2"]


def test_while_nobody_can_say_who_should_be_there_nobody_is_away() -> None:
    watch = Watch()
    watch.expected = ()
    watch.absences.look(0.0)
    watch.absences.look(FIRST)
    assert watch.told == []


@pytest.mark.parametrize("payload", [b"{}", b"[1]", b'"sn1"'])
def test_what_is_no_list_of_names_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        read_absent(payload)
