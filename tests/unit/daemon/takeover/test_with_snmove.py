"""What the daemon asks of snmove, and what it reads of it in the tables; with the real command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.run import Desk, desk
from xcatd.daemon.asitself import AsItself
from xcatd.daemon.takeover.mover import Moved, Mover
from xcatd.objects import world_of
from xcatd.services.health.state import Health, Word
from xcatd.services.takeover import Back, Deed, Resume, Scene, judged
from xcatd.services.takeover.moves import open_moves

HOSTS = {"n1": "10.0.0.11", "n2": "10.0.0.12", "n3": "10.9.0.13", "sn1": "10.0.0.1", "sn2": "10.0.0.2"}


@dataclass(frozen=True)
class Site:
    """n1, n2 and n3 are of sn1, and of sn2 after it. n3 is in a network in which nobody has an address."""

    desk: Desk
    mover: Mover

    def pool(self, node: str) -> str:
        return world_of(self.desk.store.snapshot).value(node, "noderes", "servicenode")

    def deeds(self) -> list[Deed]:
        """What is to be done when sn1 is healthy again."""
        healths = {name: Health(name, Word.HEALTHY, 0.0) for name in ("sn1", "sn2")}
        return judged(Scene(world_of(self.desk.store.snapshot), healths, ("sn1", "sn2"), 1000.0, ("mn1",))).deeds


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    async with desk(tmp_path, database=empty_database) as made:
        await made.fill(
            nodelist=[{"node": name, "groups": "all"} for name in HOSTS],
            hosts=[{"node": name, "ip": address} for name, address in HOSTS.items()],
            networks=[{"net": "10.0.0.0", "mask": "255.255.0.0"}],
            noderes=[{"node": name, "servicenode": "sn1,sn2"} for name in ("n1", "n2", "n3")],
            takeover=[{"node": "all", "after": "60", "back": "600"}],
        )
        yield Site(made, Mover(AsItself(made.hall.run, "mn1")))


async def test_nodes_go_and_the_move_is_taken_back(site: Site) -> None:
    assert await site.mover.go(("n1", "n2"), "sn2") == Moved(("n1", "n2"))
    assert (site.pool("n1"), site.pool("n3")) == ("sn2,sn1", "sn1,sn2")
    assert site.deeds() == [Back("1", "sn2", "sn1", ("n1", "n2"))]
    assert await site.mover.back("1", ("n1", "n2")) == Moved(("n1", "n2"))
    assert (site.pool("n1"), site.deeds()) == ("sn1,sn2", [])


async def test_one_of_whose_network_nothing_is_known_stays_alone(site: Site) -> None:
    moved = await site.mover.go(("n1", "n2", "n3"), "sn2")
    assert moved.good == ("n1", "n2")
    assert [text.partition(" value")[0] for text in moved.troubles] == ["n3: Could not determine an xcatmaster"]
    assert (site.pool("n2"), site.pool("n3")) == ("sn2,sn1", "sn1,sn2")


async def test_a_step_that_fails_is_left_to_be_done(site: Site) -> None:
    await site.desk.fill(
        chain=[{"node": "n2", "currstate": "install compute"}],
        takeover=[{"node": "all", "back": "0"}],
    )
    moved = await site.mover.go(("n1", "n2"), "sn2")
    assert moved.good == ("n1",)
    assert any(text.startswith("n2: moved from sn1 to sn2 (10.0.0.2) in the tables") for text in moved.troubles)
    (move,) = open_moves(world_of(site.desk.store.snapshot))
    assert not move.is_whole
    assert site.deeds() == [Resume("1", "sn1", "sn2", ("n1", "n2"))]
    again = await site.mover.resume("1", ("n1", "n2"))
    assert (again.good, bool(again.troubles)) == ((), True)


async def test_only_the_daemon_itself_may_say_that_it_was_a_takeover(site: Site) -> None:
    seen = await site.desk.type("snmove n1 -d sn2 -i --takeover")
    assert (seen.status, site.pool("n1")) == (1, "sn1,sn2")


async def test_the_daemon_may_have_a_long_name(site: Site) -> None:
    await site.desk.fill(policy=[{"priority": "1.3", "name": "mn1.c.net", "rule": "trusted"}])
    assert await Mover(AsItself(site.desk.hall.run, "mn1.c.net")).go(("n1",), "sn2") == Moved(("n1",))
