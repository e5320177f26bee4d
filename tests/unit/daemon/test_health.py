"""When a daemon looks at which service node, and what becomes of what it sees. The looks, and the clock, are the test's."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.unit.hierarchy.wires import linked
from xcatd.daemon.health import AGAIN, DOUBTFUL, SELDOM, SERVICES, SETTLED, TROUBLED, KeptHealth
from xcatd.errors import Loop, StoreError
from xcatd.hierarchy import Link, Links
from xcatd.services.health.aspect import Aspect
from xcatd.services.health.judgement import AFTER, YOUNG, Seen
from xcatd.services.health.state import Word

NOBODY = Seen(is_linked=False, reached=False, asked=2, miss=2)


@dataclass(slots=True)
class Site:
    """A daemon above sn1, which is linked as long as the test wants, and what it does."""

    link: Link
    now: float = 1000.0
    links: Links = field(default_factory=Links)
    below: Collection[str] = ("sn1.c.net",)
    seen: Seen = NOBODY
    faults: tuple[str, ...] | None = ()
    trouble: str = ""
    done: list[tuple[str, float]] = field(default_factory=list)
    """Which looks were begun, and when."""
    pending: deque[Coroutine[Any, Any, None]] = field(default_factory=deque)
    kept: KeptHealth = field(init=False)

    def __post_init__(self) -> None:
        self.kept = KeptHealth(self.links, self._names, self, self._spawn, lambda: self.now)

    def linked(self, name: str) -> None:
        self.done.append((f"linked {name}", self.now))

    async def around(self, name: str) -> Seen:
        self.done.append(("around", self.now))
        if self.trouble:
            raise StoreError(self.trouble)
        return self.seen

    async def services(self, name: str, answered: set[Aspect]) -> tuple[str, ...] | None:
        self.done.append(("services", self.now))
        return self.faults

    def _names(self) -> Collection[str]:
        if not self.below:
            raise Loop("a circle")
        return self.below

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        assert name == "a look at sn1.c.net"
        self.pending.append(work)
        return None  # type: ignore[return-value]  # nobody looks at it

    async def passes(self, seconds: float, *, idle: bool = False) -> Word:
        """A turn a second; what is begun ends at once, unless it is left idle. Gives what is said at the end."""
        for _ in range(int(seconds)):
            self.now += 1
            self.kept.turn()
            while self.pending and not idle:
                await self.pending.popleft()
        return self.word

    @property
    def word(self) -> Word:
        return self.kept.healths()["sn1"].word

    def times(self, look: str) -> list[float]:
        return [when for what, when in self.done if what == look]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with linked() as pair:
        yield Site(pair.down)


async def test_services_are_asked_every_half_minute_while_the_link_is_up(site: Site) -> None:
    site.links.join(site.link)
    assert await site.passes(4 * SERVICES) is Word.HEALTHY
    first, *rest = site.times("services")
    assert first <= 1000 + TROUBLED + 1
    assert rest == [first + SERVICES * number for number in range(1, len(rest) + 1)]
    assert len(rest) >= 2
    assert site.done[0] == ("linked sn1.c.net", 1001.0)
    assert site.times("around") == []


async def test_what_does_not_answer_is_asked_again_sooner(site: Site) -> None:
    site.links.join(site.link)
    site.faults = ("TFTP does not answer",)
    assert await site.passes(SERVICES + 1) is Word.SUSPECT
    assert site.kept.healths()["sn1"].reasons == site.faults
    site.faults = ()
    assert await site.passes(TROUBLED + 1) is Word.HEALTHY


async def test_one_without_services_is_soon_looked_at_again(site: Site) -> None:
    site.links.join(site.link)
    site.faults = None
    assert await site.passes(SERVICES) is Word.HEALTHY
    assert len(site.times("services")) >= 2


async def test_without_a_link_it_looks_around_until_it_knows(site: Site) -> None:
    site.links.join(site.link)
    await site.passes(5)
    site.links.leave(site.link)
    lost = site.now + 1
    assert await site.passes(AFTER) is Word.SUSPECT
    assert site.times("around") == [lost + DOUBTFUL, lost + DOUBTFUL + AGAIN, lost + DOUBTFUL + 2 * AGAIN]
    assert await site.passes(1) is Word.DEAD
    await site.passes(SETTLED + AGAIN)
    before = len(site.times("around"))
    await site.passes(4 * SELDOM)
    assert len(site.times("around")) == before + 4


async def test_what_was_seen_before_the_link_came_back_counts_no_more(site: Site) -> None:
    site.links.join(site.link)
    await site.passes(5)
    site.links.leave(site.link)
    await site.passes(DOUBTFUL + 2, idle=True)
    site.links.join(site.link)
    await site.passes(20)  # the look that was under way ends, too
    assert site.word is Word.HEALTHY
    site.links.leave(site.link)
    site.seen = Seen(is_linked=False)
    assert await site.passes(2 * AFTER) is Word.SUSPECT


async def test_who_does_not_look_says_nothing(site: Site) -> None:
    assert site.kept.healths() == {}


async def test_one_look_at_a_time(site: Site) -> None:
    await site.passes(YOUNG + 10, idle=True)
    assert len(site.pending) == 1
    site.pending.pop().close()


async def test_a_look_that_fails_says_so_and_is_taken_again(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.trouble = "no tables yet"
    assert await site.passes(YOUNG + 10) is Word.SUSPECT
    assert "no look at sn1.c.net: no tables yet" in caplog.text
    site.trouble = ""
    assert await site.passes(2 * AGAIN) is Word.DEAD


async def test_changes_are_logged_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    await site.passes(YOUNG + 60)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "sn1.c.net is dead; it has no link and its port does not answer; 2 of 2 other service nodes do not reach it either"
    ]


async def test_who_is_no_service_node_any_more_is_forgotten(site: Site) -> None:
    site.links.join(site.link)
    assert await site.passes(2) is Word.HEALTHY
    site.below = ()
    assert site.kept.healths() == {}
