"""What a service node does not serve while others may serve it. The clock is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.objects.worlds import Rows
from tests.unit.services.takeover.scenes import cluster
from xcatd.daemon.fence import PATIENCE, Fence, Surroundings
from xcatd.errors import StoreError
from xcatd.store import Snapshot
from xcatd.store.outage import Outage

POOLS = {"n1": "sn1,sn2", "n2": "sn1", "n3": "sn2,sn1"}
RISK = frozenset({"n1", "n3"})


class Site:
    """A service node sn1. `age`: of its tables when it lost them, in seconds; None: they are current."""

    def __init__(self) -> None:
        self.tables: Snapshot | None = cluster(POOLS, "60").snapshot
        self.age: float | None = 3600.0
        self.linked = False
        self.down = False
        self.missed = 0
        self.asked: list[Sequence[str]] = []
        self.told: list[Collection[str]] = []
        around = Surroundings(
            names=("sn1",),
            snapshot=self._snapshot,
            outage=self._outage,
            is_linked=lambda: self.linked,
            is_above_down=lambda: self.down,
            missed=self._missed,
        )
        self.fence = Fence(around, self.told.append)

    def takeover(self, site: str, rows: Rows = ()) -> None:
        self.tables = cluster(POOLS, site, rows).snapshot

    def _snapshot(self) -> Snapshot:
        if self.tables is None:
            raise StoreError("no tables yet")
        return self.tables

    def _outage(self) -> Outage | None:
        return None if self.age is None else Outage(datetime.now(UTC) - timedelta(seconds=self.age), "a test")

    async def _missed(self, names: Sequence[str]) -> int:
        self.asked.append(names)
        return self.missed

    async def look(self, now: float) -> Collection[str]:
        """What is withheld after a look at this second."""
        await self.fence.step(now)
        return frozenset(self.told[-1] if self.told else ())


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def cut(site: Site) -> Site:
    """One that ran with current tables, and loses its link at second 100. Nobody answers it."""
    site.age = None
    await site.look(99)
    site.age, site.missed = 0.0, 1
    await site.look(100)
    return site


async def test_it_begins_with_old_tables_and_waits_for_current_ones(site: Site) -> None:
    assert await site.look(0) == RISK
    assert site.fence.is_shut
    waiting = asyncio.create_task(site.fence.opened())  # noqa: TID251 - it ends in this test
    assert await site.look(30) == RISK
    assert not waiting.done()
    site.age = None
    assert await site.look(31) == frozenset()
    await waiting
    assert not site.fence.is_shut


async def test_in_the_end_it_serves_with_what_it_has(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    await site.look(0)
    assert await site.look(PATIENCE - 1) == RISK
    assert await site.look(PATIENCE) == frozenset()
    assert not site.fence.is_shut
    assert any(text.startswith("no current tables for 60 s: DHCP and consoles are served") for text in caplog.messages)
    site.missed = 1
    assert await site.look(PATIENCE + 1000) == frozenset(), "it does not know better an hour later"
    assert site.asked == []


@pytest.mark.parametrize("site_value", ["", "0"])
async def test_where_nobody_has_set_it_nothing_waits(site: Site, site_value: str) -> None:
    site.takeover(site_value)
    assert await site.look(0) == frozenset()
    assert not site.fence.is_shut


async def test_tables_of_a_moment_ago_are_good_enough(site: Site) -> None:
    site.age = 5.0
    assert await site.look(0) == frozenset()
    assert not site.fence.is_shut
    site.age = 300.0
    assert await site.look(295) == frozenset(), "it never begins to wait later"


async def test_without_tables_there_is_nothing_to_withhold(site: Site) -> None:
    site.tables = None
    assert await site.look(0) == frozenset()
    assert not site.fence.is_shut


async def test_one_that_is_cut_off_from_all_leaves_its_consoles_to_the_others_in_time(cut: Site) -> None:
    assert await cut.look(159) == frozenset()
    assert cut.asked == []
    assert await cut.look(160) == RISK
    assert cut.asked == [["sn2"]]
    cut.age = None
    assert await cut.look(170) == frozenset()


async def test_a_short_time_is_no_shorter_than_it_takes_to_count_as_away(cut: Site) -> None:
    cut.takeover("1")
    assert await cut.look(109) == frozenset()
    assert await cut.look(110) == RISK


async def test_only_nodes_whose_time_has_come(cut: Site) -> None:
    cut.takeover("60", [{"node": "n1", "after": "30"}])
    assert await cut.look(140) == {"n1"}
    assert await cut.look(160) == RISK


async def test_whoever_reaches_most_others_is_not_the_one_that_is_cut_off(cut: Site) -> None:
    cut.missed = 0
    assert await cut.look(160) == frozenset()
    cut.missed = 1
    assert await cut.look(165) == RISK
    cut.missed = 0
    assert await cut.look(170) == RISK, "only current tables say who comes back"


async def test_a_second_loss_counts_from_its_own_beginning(cut: Site) -> None:
    cut.linked = True
    await cut.look(150)
    cut.linked = False
    assert await cut.look(151) == await cut.look(210) == frozenset()
    assert await cut.look(211) == RISK


async def test_when_the_management_node_does_not_run_nobody_has_moved_anything(cut: Site) -> None:
    cut.down = True
    assert await cut.look(500) == frozenset()
    assert cut.asked == []


async def test_a_link_without_current_tables_is_a_link(cut: Site) -> None:
    assert await cut.look(160) == RISK
    cut.linked = True
    assert await cut.look(161) == RISK, "until its tables are current"
    cut.age = None
    assert await cut.look(162) == frozenset()


async def test_all_that_was_well_while_it_asked_is_well(cut: Site) -> None:
    async def comes_back(names: Sequence[str]) -> int:
        cut.age = None
        return 1

    cut.fence._around = Surroundings(  # it is asked in the middle of a look
        names=("sn1",),
        snapshot=cut._snapshot,
        outage=cut._outage,
        is_linked=lambda: False,
        is_above_down=lambda: False,
        missed=comes_back,
    )
    assert await cut.look(160) == frozenset()
