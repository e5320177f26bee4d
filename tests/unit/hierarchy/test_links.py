"""Who is linked with this daemon, and who is waited for."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.unit.hierarchy.wires import Pair, make, turns
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import Loop
from xcatd.hierarchy import Links
from xcatd.hierarchy import links as links_module
from xcatd.protocol.frames import Kind


def pair(supervisor: Supervisor, upper: str, lower: str) -> Pair:
    return make(supervisor, names=(upper, lower))


async def test_a_daemon_is_found_by_its_full_and_its_short_name() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        down = pair(supervisor, "mn1", "sn1").down
        links.join(down)
        assert links.find("sn1") is links.find("sn1.cluster.example") is down
        assert links.find("sn2") is None
        assert list(links.below) == [down]


async def test_the_newest_connection_of_a_name_counts_and_the_old_one_is_told() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        old, new = pair(supervisor, "mn1", "sn1"), pair(supervisor, "mn1", "sn1")
        links.join(old.down)
        links.join(new.down)
        assert links.find("sn1") is new.down
        assert old.mn.kinds() == [Kind.GOAWAY]
        links.leave(old.down)
        assert links.find("sn1") is new.down
        links.leave(new.down)
        assert links.find("sn1") is None
        assert re.fullmatch("sn1 lost 0 s ago", links.why_not("sn1"))
        assert re.fullmatch("sn1.example lost 0 s ago", links.why_not("sn1.example"))


async def test_a_link_that_we_said_goodbye_to_serves_until_it_closes() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        down = pair(supervisor, "mn1", "sn1").down
        links.join(down)
        down.say_goodbye("mn1 has a successor")
        assert links.find("sn1") is down
        down.wire.abort()
        assert links.find("sn1") is None


async def test_who_has_not_called_yet_is_waited_for_while_this_daemon_is_young() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        links = Links()
        waiting = [group.create_task(links.wait_for(name)) for name in ("sn1", "sn1", "sn2")]
        await turns()
        assert not any(task.done() for task in waiting)
        first, second = pair(supervisor, "mn1", "sn1").down, pair(supervisor, "mn1", "sn2").down
        links.join(first)
        await turns()
        assert [task.done() for task in waiting] == [True, True, False]
        links.join(second)
        assert [await task for task in waiting] == [first, first, second]


async def test_who_was_here_and_is_gone_is_not_waited_for() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        down = pair(supervisor, "mn1", "sn1").down
        links.join(down)
        links.leave(down)
        async with asyncio.timeout(20):
            assert await links.wait_for("sn1") is None


async def test_waiting_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "GRACE", 0.02)
    monkeypatch.setattr(links_module, "RESTART", 0.02)
    links = Links()
    assert await links.wait_for("sn1") is None
    assert await links.wait_above() is None
    assert links.why_not("sn1") == "sn1 has not connected since this daemon started"


async def test_the_daemon_above_is_waited_for_after_its_loss() -> None:
    async with Supervisor() as supervisor, asyncio.TaskGroup() as group:
        links = Links()
        first, second = pair(supervisor, "mn1", "sn1").up, pair(supervisor, "mn1", "sn1").up
        links.rise(first, "sn1")
        assert await links.wait_above() is first
        links.leave(first)
        assert (links.above, links.path) == (None, ())
        waiting = group.create_task(links.wait_above())
        await turns()
        assert not waiting.done()
        links.rise(second, "sn1")
        assert await waiting is second


async def test_a_master_below_us_is_refused_with_the_circle() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        below, above = pair(supervisor, "sn1", "sn2").down, pair(supervisor, "sn3", "sn1").up
        above.above = ("sn2",)
        links.join(below)
        with pytest.raises(Loop, match=r"The masters form a circle \(sn1 -> sn3 -> sn2\)"):
            links.rise(above, "sn1")
        assert links.above is None


async def test_a_daemon_that_is_its_own_master_is_told() -> None:
    async with Supervisor() as supervisor:
        with pytest.raises(Loop, match=r"\(sn1 -> sn1\)"):
            Links().rise(pair(supervisor, "sn1", "sn1").up, "sn1")


async def test_who_is_above_us_may_not_be_below_us() -> None:
    async with Supervisor() as supervisor:
        links = Links()
        above = pair(supervisor, "sn2", "sn1").up
        above.above = ("mn1",)
        links.rise(above, "sn1")
        assert links.path == ("sn2", "mn1")
        for name in ("sn2", "mn1"):
            with pytest.raises(Loop, match="form a circle"):
                links.admit(name, "sn1")
        links.admit("sn11", "sn1")
