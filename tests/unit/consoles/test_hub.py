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
from xcatd.objects import World


class Site:
    """A daemon's consoles, and the tables that a test changes."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.rows: list[dict[str, str | None]] = [{"node": "compute", "cons": "test"}]
        self.demand = "no"
        self.fars: dict[str, Far] = {}
        self.hub = Hub(Owner(frozenset({"sn1"}), is_master=False), self._world, self._way, Kept(), supervisor.spawn)

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
        return self.fars.setdefault(node, Far())

    def change(self) -> None:
        self.hub.hear({"nodehm": None})

    def states(self) -> dict[str, State | None]:
        found = {node: self.hub.find(node) for node in ("n1", "n2", "n3")}
        return {node: None if each is None else each.state for node, each in found.items()}

    async def becomes(self, *states: State | None) -> None:
        await comes(lambda: tuple(self.states().values()) == states)


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


async def test_changes_of_other_tables_do_not_matter(site: Site) -> None:
    await site.becomes(State.UP, State.UP, None)
    site.rows = []
    site.hub.hear({"mac": None})
    await asyncio.sleep(0.05)
    assert site.states()["n1"] is State.UP
