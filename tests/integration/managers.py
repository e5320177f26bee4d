"""What everything that runs servers does: test files have it run on a host of each kind."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import aclosing

import pytest

from tests.helpers.alone import until
from tests.helpers.managersites import ENDS, PACKAGE, STAYS, Site, following, ready
from xcatd.errors import ServiceError
from xcatd.services.managers import Program, Report, State


class Contract:
    """Who inherits it gives a fixture `site`."""

    async def test_a_server_runs_until_it_is_stopped(self, site: Site) -> None:
        server = site.program("plain", STAYS)
        async with site.manager() as manager:
            assert await manager.report(server) == Report(State.STOPPED)
            await manager.start(server)
            first = await manager.report(server)
            await ready(site)
            await manager.start(server)
            assert await manager.report(server) == first, "it is started once"
            await manager.stop(server)
            assert await manager.report(server) == Report(State.STOPPED)
            await manager.stop(server)

        assert first.state is State.RUNNING
        assert first.process > 0
        assert not (site.folder / "ready").exists()

    async def test_a_restart_gives_another_process(self, site: Site) -> None:
        server = site.program("again", STAYS)
        async with site.manager() as manager:
            await manager.restart(server)
            first = await manager.report(server)
            await manager.restart(server)
            second = await manager.report(server)
            await manager.stop(server)

        assert (first.state, second.state) == (State.RUNNING, State.RUNNING)
        assert first.process != second.process

    async def test_a_reload_reaches_the_server(self, site: Site) -> None:
        server = site.program("reading", STAYS)
        async with site.manager() as manager:
            await manager.reload(server)
            await ready(site)
            first = await manager.report(server)
            await manager.reload(server)
            await asyncio.to_thread(until, (site.folder / "read").exists, "what it reads")
            assert await manager.report(server) == first
            await manager.stop(server)

        assert first.state is State.RUNNING, "one that does not run is started"

    async def test_a_server_that_cannot_reload_is_restarted(self, site: Site) -> None:
        server = site.program("stubborn", STAYS)
        stubborn = dataclasses.replace(server, reloads=None)
        async with site.manager() as manager:
            await manager.start(stubborn)
            first = await manager.report(stubborn)
            await manager.reload(stubborn)
            second = await manager.report(stubborn)
            await manager.stop(stubborn)

        assert second.state is State.RUNNING
        assert first.process != second.process

    async def test_one_that_ends_at_once_is_quoted(self, site: Site) -> None:
        server = site.program("short", ENDS)
        async with site.manager() as manager:
            for do in (manager.start, manager.restart, manager.reload):
                with pytest.raises(ServiceError) as error:
                    await do(server)
                assert str(error.value).startswith(
                    "short does not start: it ended with status 3: cannot open /etc/server.conf: it is not there ("
                )
                assert str(error.value).endswith(" tells more)")
            report = await manager.report(server)
            await manager.stop(server)

        assert report.state is State.FAILED
        assert "cannot open /etc/server.conf" in report.detail

    async def test_one_that_fails_often_starts_once_it_can(self, site: Site) -> None:
        async with site.manager() as manager:
            server = site.program("mended", ENDS)
            for _ in range(6):
                with pytest.raises(ServiceError, match="cannot open"):
                    await manager.start(server)
            server = site.program("mended", STAYS)
            await manager.start(server)
            assert (await manager.report(server)).state is State.RUNNING
            await manager.stop(server)

    async def test_a_death_is_told(self, site: Site) -> None:
        server = site.program("mortal", f"echo 'error: not why it dies'\n{STAYS}")
        async with site.manager() as manager, aclosing(manager.watch(server)) as reports:
            assert (await anext(reports)).state is State.STOPPED
            await manager.start(server)
            running = await following(reports, State.RUNNING)
            site.kill(running.process)
            dead = await following(reports, State.FAILED)
            assert await manager.report(server) == dead
            await manager.start(server)
            assert (await following(reports, State.RUNNING)).process not in (0, running.process)
            await manager.stop(server)
            assert await following(reports, State.STOPPED) == Report(State.STOPPED)

        assert dead.detail.startswith("it was killed by signal 9 (SIGKILL) (")
        assert dead.process == 0

    async def test_all_who_watch_are_told(self, site: Site) -> None:
        server = site.program("famous", STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            async with aclosing(manager.watch(server)) as one, aclosing(manager.watch(server)) as other:
                await following(one, State.RUNNING)
                await following(other, State.RUNNING)
                site.kill((await manager.report(server)).process)
                await following(one, State.FAILED)
                await following(other, State.FAILED)

    async def test_another_daemon_finds_it_running_and_hears_of_its_death(self, site: Site) -> None:
        server = site.program("elder", STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            before = await manager.report(server)

        async with site.manager() as manager, aclosing(manager.watch(server)) as reports:
            assert await anext(reports) == before
            await manager.start(server)
            assert await manager.report(server) == before
            site.kill(before.process)
            assert (await following(reports, State.FAILED)).process == 0

    async def test_one_that_is_not_there_names_its_package(self, site: Site) -> None:
        absent = Program("nonesuch", ("nonesuch", "nonesuchd"), ("nonesuchd",), PACKAGE)
        async with site.manager() as manager:
            for do in (manager.start, manager.restart, manager.reload):
                with pytest.raises(ServiceError) as error:
                    await do(absent)
                assert str(error.value) == f"nonesuch is not installed: install the package {PACKAGE}"
            assert await manager.report(absent) == Report(State.ABSENT)
            await manager.stop(absent)

    async def test_being_enabled_changes_nothing_that_runs(self, site: Site) -> None:
        server = site.program("lasting", STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            before = await manager.report(server)
            await manager.enable(server)
            await manager.enable(server)
            assert await manager.report(server) == before
            await manager.stop(server)

    async def test_many_at_once(self, site: Site) -> None:
        servers = [site.program(f"many{number}", STAYS) for number in range(12)]
        async with site.manager() as manager:
            async with asyncio.TaskGroup() as group:
                for server in (*servers, *servers):
                    group.create_task(manager.start(server))
            reports = [await manager.report(server) for server in servers]
            async with asyncio.TaskGroup() as group:
                for server in servers:
                    group.create_task(manager.stop(server))
            ends = [await manager.report(server) for server in servers]

        assert {report.state for report in reports} == {State.RUNNING}
        assert len({report.process for report in reports}) == len(servers)
        assert set(ends) == {Report(State.STOPPED)}
