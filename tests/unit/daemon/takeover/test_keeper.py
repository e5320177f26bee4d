"""Takeovers from look to look: what is begun, what is said, and what is tried again. The clock is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.unit.services.takeover.scenes import NOW, cluster, health, moved
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.takeover import Around, Takeover
from xcatd.daemon.takeover.mover import Moved
from xcatd.daemon.takeover.notices import Event, Notice
from xcatd.errors import StoreError
from xcatd.services.health.state import Health, Word
from xcatd.store import Snapshot

POOLS = {"n1": "sn1,sn2", "n2": "sn1,sn2", "n3": "sn1"}
STAYS = (Event.STAYS, "sn1", "", "n3")


@dataclass
class Recorder:
    """In the place of snmove: notes what is asked for. It answers when `gate` is open, with `troubles`."""

    asked: list[str] = field(default_factory=list)
    troubles: tuple[str, ...] = ()
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def go(self, nodes: Sequence[str], dest: str) -> Moved:
        return await self._answer(f"{','.join(nodes)} to {dest}", nodes)

    async def back(self, move: str, nodes: Sequence[str]) -> Moved:
        return await self._answer(f"back {move}", nodes)

    async def resume(self, move: str, nodes: Sequence[str]) -> Moved:
        return await self._answer(f"resume {move}", nodes)

    async def _answer(self, what: str, nodes: Sequence[str]) -> Moved:
        self.asked.append(what)
        await self.gate.wait()
        return Moved(() if self.troubles else tuple(nodes), self.troubles)


@dataclass
class Site:
    """A management node with two service nodes, of which the first one is dead."""

    supervisor: Supervisor
    mover: Recorder = field(default_factory=Recorder)
    told: list[Notice] = field(default_factory=list)
    world: Snapshot | None = None
    words: dict[str, Word] = field(default_factory=lambda: {"sn1": Word.DEAD, "sn2": Word.HEALTHY})
    leads: bool = True
    now: float = NOW
    moving: set[str] = field(default_factory=set)
    takeover: Takeover = field(init=False)

    def __post_init__(self) -> None:
        self.set("60")
        around = Around(
            snapshot=self._snapshot,
            health=self,
            names=("mn1",),
            linked=lambda name: self.words[name] is Word.HEALTHY,
            moving=self.moving,
            spawn=self.supervisor.spawn,
            leads=lambda: self.leads,
        )
        # Who moves, and who tells, are stand-ins.
        self.takeover = Takeover(around, self.mover, self, lambda: self.now)  # type: ignore[arg-type]

    def set(self, site: str, pools: Mapping[str, str] = POOLS, *moves: dict[str, str | None]) -> None:
        self.world = cluster(pools, site, snmoves=moves).snapshot

    def _snapshot(self) -> Snapshot:
        if self.world is None:
            raise StoreError("no tables yet")
        return self.world

    def healths(self) -> Mapping[str, Health]:
        return {name: health(name, word, 60.0) for name, word in self.words.items()}

    def say(self, notice: Notice) -> None:
        self.told.append(notice)

    async def look(self, later: float = 0.0) -> None:
        """A look so many seconds later, and what comes of it as far as it does not wait."""
        self.now = NOW + later
        self.takeover.look(self.now)
        for _ in range(5):
            await asyncio.sleep(0)

    def events(self) -> list[tuple[Event, str, str, str]]:
        found = [(one.event, one.source, one.dest, ",".join(one.nodes)) for one in self.told]
        self.told.clear()
        return found


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Supervisor() as supervisor:
        yield Site(supervisor)


async def test_nodes_of_a_dead_one_are_moved_once_and_that_is_told(site: Site) -> None:
    await site.look()
    await site.look(1)
    assert site.mover.asked == ["n1,n2 to sn2"]
    assert site.events() == [STAYS]
    site.mover.gate.set()
    await site.look(2)
    assert site.events() == [(Event.MOVED, "sn1", "sn2", "n1,n2")]


@pytest.mark.parametrize("site_value", ["", "0", "61"])
async def test_off_and_too_early_nothing_is_done_or_said(site: Site, site_value: str) -> None:
    site.set(site_value)
    await site.look()
    assert (site.mover.asked, site.events()) == ([], [])


async def test_a_management_node_that_stands_by_does_nothing(site: Site) -> None:
    site.leads = False
    await site.look()
    assert (site.mover.asked, site.events()) == ([], [])


async def test_before_there_are_tables_nothing_is_done(site: Site) -> None:
    site.world = None
    await site.look()
    assert site.mover.asked == []


async def test_nodes_on_which_somebody_else_works_are_left_alone(site: Site) -> None:
    site.moving.update(("n1", "n2"))
    await site.look()
    assert site.mover.asked == []


async def test_what_fails_is_told_once_and_tried_again_later_and_later(site: Site) -> None:
    site.mover.gate.set()
    site.mover.troubles = ("no address of sn2",)
    tries = []
    for second in range(40):
        await site.look(second)
        tries.append(len(site.mover.asked))
    assert [tries.index(number) for number in (1, 2, 3, 4, 5)] == [0, 1, 3, 7, 15]
    assert [event[0] for event in site.events()] == [Event.STAYS, Event.FAILED]
    site.mover.troubles = ()
    await site.look(63)
    assert site.events() == [(Event.MOVED, "sn1", "sn2", "n1,n2")]


async def test_why_nodes_stay_is_said_again_when_it_is_so_again(site: Site) -> None:
    site.set("60", {"n3": "sn1"})
    for word in (Word.DEAD, Word.DEAD, Word.HEALTHY, Word.DEAD):
        site.words["sn1"] = word
        await site.look()
    assert site.events() == [STAYS, STAYS]


async def test_what_was_taken_goes_back(site: Site) -> None:
    site.mover.gate.set()
    site.set("60:60", {"n1": "sn2,sn1"}, moved(4, "sn1", "sn2", "n1"))
    site.words["sn1"] = Word.HEALTHY
    await site.look()
    assert site.mover.asked == ["back 4"]
    assert site.events() == [(Event.BACK, "sn2", "sn1", "n1")]


async def test_after_a_restart_what_was_cut_short_goes_on(site: Site) -> None:
    site.mover.gate.set()
    site.set("", {"n1": "sn2,sn1"}, moved(4, "sn1", "sn2", "n1", state="moving"))
    await site.look()
    assert site.mover.asked == ["resume 4"]
    assert site.events() == [(Event.MOVED, "sn1", "sn2", "n1")]


async def test_a_daemon_that_stops_leaves_the_rest_to_the_next_one(site: Site) -> None:
    await site.look()
    assert site.mover.asked == ["n1,n2 to sn2"]
    site.events()
    site.takeover.close()
    site.mover.gate.set()
    for second in range(3):
        await site.look(second)
    assert (site.mover.asked, site.events()) == (["n1,n2 to sn2"], [])


async def test_what_is_wrong_in_the_tables_is_logged_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.set("soon")
    await site.look()
    await site.look(1)
    assert caplog.messages == [
        "takeover: site.takeover is 'soon', and not `after` or `after:back` in seconds: it counts as not set"
    ]
