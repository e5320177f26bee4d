"""All consoles of a daemon: those that the tables say, and those that somebody looks at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.unit.consoles.far import Far, Kept
from tests.unit.objects.worlds import nodes, world
from xcatd.consoles import console, hub
from xcatd.consoles.console import State
from xcatd.consoles.hub import Hub
from xcatd.consoles.line import Way
from xcatd.consoles.owners import Owner
from xcatd.consoles.viewer import Viewer
from xcatd.daemon.supervisor import Supervisor
from xcatd.model import current_request
from xcatd.objects import World


class Site:
    """A daemon's consoles, and the tables that a test changes."""

    def __init__(self, supervisor: Supervisor, *, has_died: bool = False) -> None:
        self.rows: list[dict[str, str | None]] = [{"node": "compute", "cons": "test"}]
        self.demand = "no"
        self.fars: dict[str, Far] = {}
        self.requests: dict[str, str] = {}
        """For whom a way was asked for last."""
        me = Owner(frozenset({"sn1"}), is_master=False)
        self.hub = Hub(me, self._world, self._way, Kept(), supervisor.spawn, has_died=has_died)

    def _world(self) -> World:
        return world(
            nodelist=nodes(n1="compute", n2="compute", n3="compute"),
            nodehm=self.rows,
            noderes=[
                {"node": "n1", "servicenode": "sn1"},
                {"node": "n2", "servicenode": "sn1,sn2"},
                {"node": "n3", "servicenode": "sn2,sn1"},
            ],
            site=[{"key": "consoleondemand", "value": self.demand}],
        )

    def _way(self, found: World, node: str) -> Way:
        self.requests[node] = current_request.get()
        return self.fars.setdefault(node, Far())

    def change(self) -> None:
        self.hub.hear({"nodehm": None})

    def states(self) -> dict[str, State | None]:
        found = {node: self.hub.find(node) for node in ("n1", "n2", "n3")}
        return {node: None if each is None else each.state for node, each in found.items()}

    async def becomes(self, *states: State | None) -> None:
        await comes(lambda: tuple(self.states().values()) == states)


class Broken(bytes):
    """What the daemon stumbles over."""

    def __len__(self) -> int:
        raise RuntimeError("a fault")


async def comes(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not question():  # noqa: ASYNC110 - it is looked at, as a person does
            await asyncio.sleep(0.001)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(hub, "SETTLES", 0.01)
    monkeypatch.setattr(console, "LINGERS", 0.01)
    async with Supervisor() as supervisor:
        site = Site(supervisor)
        supervisor.keep(site.hub.keep(), "hub")
        yield site


async def test_the_consoles_of_its_nodes_are_open_and_no_others(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)


async def test_a_console_that_moves_here_is_opened_and_closed_when_it_moves_back(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    site.hub.without({"sn2"})
    await site.becomes(State.UP, State.UP, State.UP)
    site.hub.without(())
    await comes(lambda: site.states()["n3"] in (None, State.IDLE))


async def test_a_console_that_is_withheld_is_closed_and_who_looks_at_it_is_told(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    viewer = Viewer("ann@mn1")
    site.hub.console("n2").join(viewer)
    site.hub.withhold({"n2"})
    await comes(lambda: viewer.ended != "")
    assert viewer.ended == (
        "this daemon is cut off and lets go of the console of n2, which another service node has by now"
    )
    site.hub.console("n2").leave(viewer)
    await comes(lambda: site.states()["n2"] in (None, State.IDLE))
    assert site.states()["n1"] is State.UP
    site.hub.withhold(())
    await site.becomes(State.UP, State.UP, None)


async def test_on_demand_none_is_open_until_somebody_comes(site: Site) -> None:
    site.demand = "yes"
    site.change()
    await site.becomes(State.IDLE, State.IDLE, None)
    viewer = Viewer("ann@mn1")
    site.hub.console("n3").join(viewer)  # not ours, but it was asked for here
    await site.becomes(State.IDLE, State.IDLE, State.UP)
    site.hub.console("n3").leave(viewer)
    await comes(lambda: site.states()["n3"] is State.IDLE)
    site.change()
    await site.becomes(State.IDLE, State.IDLE, None)


async def test_a_node_that_loses_its_console_is_forgotten(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    site.rows = [{"node": "n1", "cons": "test"}]
    site.change()
    await comes(lambda: site.states()["n2"] in (None, State.IDLE))
    site.change()
    await site.becomes(State.UP, None, None)


async def test_who_looks_at_a_console_that_moves_away_is_told_where_it_is_now(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    viewers = {node: Viewer("ann@mn1") for node in ("n1", "n2", "n3")}
    for node, viewer in viewers.items():
        site.hub.console(node).join(viewer)  # that of n3 was never ours
    site.rows = [{"node": "compute", "cons": "test"}, {"node": "n1", "conserver": "sn3:sn3-c"}]
    site.change()
    await comes(lambda: viewers["n1"].ended != "")
    assert viewers["n1"].ended == "the console of n1 is at sn3 now"
    site.rows = [{"node": "n3", "cons": "test"}]
    site.change()
    await comes(lambda: viewers["n2"].ended != "")
    assert viewers["n2"].ended == "n2 has no console any more: nodehm.cons is not set"
    assert viewers["n3"].ended == ""


async def test_what_a_service_node_had_is_taken_from_its_dead_session(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    site.hub.without({"sn2"})
    await site.becomes(State.UP, State.UP, State.UP)
    assert [site.fars[node].stolen for node in ("n1", "n2", "n3")] == [0, 0, 1]
    site.fars["n3"].breaks_off("somebody else has taken it")
    await comes(lambda: site.fars["n3"].opened == 2)
    assert site.fars["n3"].stolen == 1  # once: whoever has taken it since keeps it


async def test_what_this_daemon_had_when_it_died_is_taken_from_its_dead_sessions(site: Site) -> None:
    async with Supervisor() as supervisor:
        heir = Site(supervisor, has_died=True)
        supervisor.keep(heir.hub.keep(), "hub")
        await heir.becomes(State.UP, State.UP, None)
        assert [heir.fars[node].stolen for node in ("n1", "n2")] == [1, 1]


async def test_a_fault_is_not_the_end_of_a_console(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "RECOVERS", 0.01)
    await site.becomes(State.UP, State.UP, None)
    site.fars["n1"].queue.put_nowait(Broken())
    found = site.hub.console("n1")
    await comes(lambda: site.fars["n1"].opened == 2)
    assert (found.state, found.why) == (State.UP, "")


async def test_lines_of_the_daemons_log_are_not_those_of_the_request_that_opened_it(site: Site) -> None:
    site.demand = "yes"
    site.change()
    await site.becomes(State.IDLE, State.IDLE, None)
    before = current_request.set("1-1")
    site.hub.console("n1").join(Viewer("ann@mn1"))
    current_request.reset(before)
    await site.becomes(State.UP, State.IDLE, None)
    assert site.requests["n1"] == before.var.get()


async def test_changes_of_other_tables_do_not_matter(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    site.rows = []
    site.hub.hear({"mac": None})
    await asyncio.sleep(0.05)
    assert site.states()["n1"] is State.UP
