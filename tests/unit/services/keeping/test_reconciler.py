"""Services kept by themselves: with a real server, and tables that change."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.unit.objects.worlds import nodes
from tests.unit.services.keeping.servers import Echo, conf
from tests.unit.services.places import place
from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import ServiceError, UsageError
from xcatd.services.keeping import Reconciler, Status, keeper
from xcatd.services.managers import State
from xcatd.services.managers.processes import Processes
from xcatd.services.place import Place
from xcatd.services.service import ON, Outcome, Service, Work
from xcatd.store.news import News


class Second(Service):
    """Has its turn behind the first one."""

    name = "nfsserver"
    after = ("ipforward",)

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        self.seen.append(conf(place.root) if (place.root / "conf").exists() else "nothing")
        return Outcome()


class Faulty(Service):
    """Has a bug."""

    name = "ftpserver"

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        raise KeyError("a bug")


class Gated(Echo):
    """Its runs wait as long as its gate is closed."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        if place.site("domain") == "nothing to do":
            return Outcome(warnings=("there is nothing to do",), idle=True)
        return await super().reconcile(place, value, work)

    async def holds(self, place: Place, value: str) -> bool:
        await self.gate.wait()
        return True


class Site:
    """A host with a reconciler, whose tables a test changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.columns = {"ipforward": "1", "nfsserver": "1"}
        self.domain = "one"
        self.drain = ""
        self.seen: list[str] = []
        self.echo = Gated()
        self.supervisor = Supervisor()
        self.reconciler: Reconciler

    async def place(self) -> Place:
        return place(
            self.root,
            nodelist=nodes(sn1=""),
            servicenode=[{"node": "sn1", **self.columns}],
            sndrained=[{"node": "sn1", "state": self.drain}] if self.drain else [],
            site=[{"key": "domain", "value": self.domain}],
        )

    def change(self, news: News) -> None:
        self.reconciler.changed(news, None)  # type: ignore[arg-type]  # who listens to news alone does not look at it

    def status(self, name: str = "ipforward") -> Status:
        return next(each for each in self.reconciler.statuses() if each.service == name)

    async def comes(self, question: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not question():  # noqa: ASYNC110 - what a keeper knows is looked at, as a person does
                await asyncio.sleep(0.01)


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(keeper, "SETTLES", 0.05)
    site = Site(tmp_path)
    async with Processes(tmp_path) as processes:
        async with site.supervisor as supervisor:
            services = [site.echo, Second(site.seen), Faulty()]
            site.reconciler = Reconciler(services, site.place, processes, supervisor.spawn)
            yield site
        await processes.stop(Echo().program(await site.place(), ON))


def keep(site: Site, *, at_start: bool = True) -> None:
    site.supervisor.keep(site.reconciler.keep(at_start=at_start), "reconciler")


async def test_all_come_up_in_their_order(site: Site) -> None:
    keep(site)
    await site.comes(lambda: bool(site.seen) and site.status().state is State.RUNNING)
    assert (site.seen, conf(site.root)) == (["one"], "one")
    assert (site.status().word, site.status().wanted, site.status("ftpserver").word) == ("running", "1", "left alone")


async def test_a_change_of_its_tables_concerns_a_service_and_no_other(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    site.domain = "two"
    site.change({"site": frozenset({"domain"})})
    await site.comes(lambda: conf(site.root) == "two")
    assert site.seen == ["one"]
    site.domain = "three"
    site.change({"mac": None})
    site.change({"servicenode": None})
    await site.comes(lambda: site.seen == ["one", "two"] or site.seen == ["one", "three"])


async def test_a_host_that_is_drained_has_its_servers_stopped_until_it_is_not(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    site.drain = "draining"
    site.change({"sndrained": None})
    await site.comes(lambda: len(site.seen) == 2 and site.status().word == "running")
    number = int((site.root / "run/xcat/services/echo.pid").read_text().split()[0])
    site.drain, site.domain = "drained", "two"
    planned = await site.reconciler.run("ipforward", dry_run=True)
    assert planned.lines == ["echo is stopped, because sn1 is drained"]
    os.kill(number, 0)
    site.change({"sndrained": None})
    await site.comes(lambda: site.status().word == "left alone")
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    site.change({"site": frozenset({"domain"})})
    assert (await site.reconciler.run("ipforward", dry_run=False)).lines == []
    assert conf(site.root) == "one"
    site.drain = ""
    site.change({"sndrained": None})
    await site.comes(lambda: site.status().word == "running")
    assert conf(site.root) == "two"


async def test_one_that_dies_is_started_again_and_the_reason_is_kept_meanwhile(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().state is State.RUNNING)
    number = int((site.root / "run/xcat/services/echo.pid").read_text().split()[0])
    os.kill(number, signal.SIGKILL)
    await site.comes(lambda: site.status().word == "failed")
    assert site.status().error.startswith("echo has died: it was killed by signal 9 (SIGKILL)")
    assert site.status().again is not None
    await site.comes(lambda: site.status().word == "running")
    assert int((site.root / "run/xcat/services/echo.pid").read_text().split()[0]) != number


async def test_what_is_refused_is_told_and_tried_again(site: Site) -> None:
    site.domain = "bad"
    keep(site)
    await site.comes(lambda: "refuses its new configuration" in site.status().error)
    await site.comes(lambda: bool(site.seen))
    assert site.seen == ["nothing"]  # who comes after is not held up
    site.domain = "good"
    await site.comes(lambda: site.status().word == "running")


async def test_without_a_check_at_the_start_nothing_is_touched_until_something_changes(site: Site) -> None:
    keep(site, at_start=False)
    await site.comes(lambda: site.status().state is State.STOPPED)
    assert (site.status().word, site.status().wanted) == ("stopped", "1")
    assert not (site.root / "conf").exists()
    site.change({"servicenode": frozenset({"sn1"})})
    await site.comes(lambda: site.status().word == "running")


async def test_no_leaves_its_server_running(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    site.columns["ipforward"] = "0"
    site.change({"servicenode": None})
    await site.comes(lambda: site.status().word == "left alone")
    number = int((site.root / "run/xcat/services/echo.pid").read_text().split()[0])
    os.kill(number, 0)


async def test_a_bug_in_one_is_said_and_hurts_no_other(site: Site) -> None:
    site.columns["ftpserver"] = "1"
    keep(site)
    await site.comes(lambda: "nobody keeps it any more" in site.status("ftpserver").error)
    await site.comes(lambda: site.status().word == "running")


async def test_by_hand(site: Site) -> None:
    assert (await site.reconciler.run("ipforward", dry_run=True)).lines[-1] == "ipforward: echo is started"
    assert not (site.root / "conf").exists()
    assert (await site.reconciler.run("ipforward", dry_run=False)).changed
    assert conf(site.root) == "one"
    assert site.reconciler.chosen(["nfsserver"]) == ["nfsserver"]
    assert site.reconciler.chosen([]) == ["ipforward", "nfsserver", "ftpserver"]
    with pytest.raises(UsageError, match=r"^There is no service 'nfs': it is one of ipforward, nfsserver, ftpserver$"):
        site.reconciler.chosen(["nfs"])


async def test_what_has_not_had_its_turn_yet_is_said(site: Site) -> None:
    site.echo.gate.clear()
    keep(site)
    await site.comes(lambda: site.status().word == "being set up")
    waiting = site.status("nfsserver")
    assert (waiting.wanted, waiting.word) == (None, "waiting")
    site.echo.gate.set()
    await site.comes(lambda: site.status("nfsserver").word == "done")
    assert site.status("nfsserver").wanted == "1"


async def test_being_looked_at_again_changes_nothing_about_since_when_it_runs(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    before = site.status()
    await site.reconciler.run("ipforward", dry_run=False)
    assert (site.status().word, site.status().since) == ("running", before.since)
    assert site.status().checked != before.checked


async def test_what_fails_by_hand_is_told_and_tried_again(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    site.domain = "bad"
    with pytest.raises(ServiceError, match="refuses its new configuration"):
        await site.reconciler.run("ipforward", dry_run=False)
    assert "refuses its new configuration" in site.status().error
    site.domain = "good"
    await site.comes(lambda: conf(site.root) == "good")


async def test_one_that_dies_during_a_dry_run_is_started_again(site: Site) -> None:
    keep(site)
    await site.comes(lambda: site.status().word == "running")
    site.echo.gate.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(site.reconciler.run("ipforward", dry_run=True))
        os.kill(int((site.root / "run/xcat/services/echo.pid").read_text().split()[0]), signal.SIGKILL)
        await site.comes(lambda: site.status().state is State.FAILED)
        site.echo.gate.set()
    await site.comes(lambda: site.status().error.startswith("echo has died: "))
    await site.comes(lambda: site.status().word == "running")


async def test_one_that_needs_no_server_now_is_as_it_shall_be(site: Site) -> None:
    site.domain = "nothing to do"
    keep(site)
    await site.comes(lambda: site.status().checked is not None)
    assert (site.status().word, site.status().state, site.status().warnings) == (
        "done",
        None,
        ("there is nothing to do",),
    )
