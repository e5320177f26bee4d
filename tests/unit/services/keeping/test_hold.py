"""Services that must not serve with old tables wait for current ones; with a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.keeping.servers import Echo, conf
from tests.unit.services.places import place
from xcatd.daemon.supervisor import Supervisor
from xcatd.services.keeping import Reconciler
from xcatd.services.managers.processes import Processes
from xcatd.services.place import Place
from xcatd.services.service import ON


class Careful(Echo):
    """It serves with current tables only."""

    needs_current_tables = True


class Hold:
    """In the place of a fence."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    @property
    def is_shut(self) -> bool:
        return not self.open.is_set()

    async def opened(self) -> None:
        await self.open.wait()


class Site:
    """A host with one service, and daemons that keep it one after the other."""

    def __init__(self, root: Path, processes: Processes) -> None:
        self.root = root
        self.domain = "one"
        self.hold = Hold()
        self.processes = processes
        self.service: Echo = Careful()

    def reconciler(self, supervisor: Supervisor) -> Reconciler:
        """Of a daemon that starts."""
        made = Reconciler([self.service], self.place, self.processes, supervisor.spawn, self.hold)
        supervisor.keep(made.keep(at_start=True), "reconciler")
        return made

    async def place(self) -> Place:
        return place(
            self.root,
            nodelist=nodes(sn1=""),
            servicenode=[{"node": "sn1", "ipforward": "1"}],
            site=[{"key": "domain", "value": self.domain}],
        )

    def process(self) -> int:
        return int((self.root / "run/xcat/services/echo.pid").read_text().split()[0])


async def becomes(reconciler: Reconciler, word: str) -> None:
    async with asyncio.timeout(20):
        while reconciler.statuses()[0].word != word:  # noqa: ASYNC110 - as a person looks
            await asyncio.sleep(0.01)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Its server runs, from the time of another daemon."""
    async with Processes(tmp_path) as processes:
        site = Site(tmp_path, processes)
        site.hold.open.set()
        async with Supervisor() as supervisor:
            await becomes(site.reconciler(supervisor), "running")
        site.hold.open.clear()
        yield site
        await processes.stop(Echo().program(await site.place(), ON))


async def test_a_server_that_runs_is_stopped_until_the_tables_are_current(site: Site) -> None:
    number, site.domain = site.process(), "two"
    async with Supervisor() as supervisor:
        reconciler = site.reconciler(supervisor)
        await becomes(reconciler, "waiting for current tables")
        async with asyncio.timeout(20):
            while Path(f"/proc/{number}").exists():  # noqa: ASYNC110 - as a person looks
                await asyncio.sleep(0.01)
        assert conf(site.root) == "one"
        site.hold.open.set()
        await becomes(reconciler, "running")
        assert conf(site.root) == "two"


async def test_others_do_not_wait(site: Site) -> None:
    site.service, site.domain = Echo(), "two"
    number = site.process()
    async with Supervisor() as supervisor:
        reconciler = site.reconciler(supervisor)
        async with asyncio.timeout(20):
            while conf(site.root) != "two":  # noqa: ASYNC110 - as a person looks
                await asyncio.sleep(0.01)
        await becomes(reconciler, "running")
        assert site.process() == number
