"""Servers that a real systemd runs, in a container."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from unittest.mock import ANY

import pytest

from tests.helpers.alone import until
from tests.helpers.container import Container, container
from tests.helpers.managersites import PACKAGE, STAYS, InContainer, following, text_of
from tests.helpers.namespaces import namespaces
from tests.integration.managers import Contract
from xcatd.errors import ServiceError
from xcatd.services.managers import Program, Report, State

_LATE = "while [ ! -e $folder/go ]; do sleep 0.05; done; echo $$ >/run/late.pid; exec sleep 1000"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with namespaces("managers") as (space,), container(tmp_path_factory.mktemp("host"), space) as made:
        yield made


@pytest.mark.simulators
class TestSystemd(Contract):
    @pytest.fixture
    def site(self, host: Container) -> InContainer:
        return InContainer(host)

    async def test_a_server_that_is_enabled_starts_with_the_host(self, site: InContainer) -> None:
        server = site.program("early", STAYS)
        async with site.manager() as manager:
            assert site.host.run("systemctl", "is-enabled", "early").stdout == "disabled\n"
            await manager.enable(server)
            assert site.host.run("systemctl", "is-enabled", "early").stdout == "enabled\n"
            await manager.enable(server)
            assert await manager.report(server) == Report(State.STOPPED), "it is not started for that"

    async def test_the_first_name_that_is_there_counts(self, site: InContainer) -> None:
        site.unit(
            "other", "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nAlias=alias.service\nWantedBy=basic.target\n"
        )
        server = Program("server", ("nonesuch", "alias", "other"), (), PACKAGE)
        async with site.manager() as manager:
            await manager.enable(server)
            assert site.host.run("systemctl", "is-enabled", "alias").stdout == "alias\n"
            await manager.start(server)
            assert site.host.state("other") == "active"
            await manager.enable(server)
            await manager.stop(server)
            assert site.host.state("alias") == "inactive"

    async def test_a_masked_one_says_so(self, site: InContainer) -> None:
        server = site.unit("hidden", "")
        site.host.path("/etc/systemd/system/hidden.service").unlink()
        site.host.done("systemctl", "mask", "hidden")
        async with site.manager() as manager:
            for do in (manager.start, manager.restart, manager.reload):
                with pytest.raises(ServiceError) as error:
                    await do(server)
                sentence = "hidden cannot be started: it is masked (`systemctl unmask hidden` allows it)"
                assert str(error.value) == sentence
            with pytest.raises(ServiceError, match=r"^hidden cannot be enabled: it is masked"):
                await manager.enable(server)
            report = await manager.report(server)
            await manager.stop(server)

        assert report == Report(State.FAILED, "it is masked (`systemctl unmask hidden` allows it)")

    @pytest.mark.parametrize(
        ("unit", "reason"),
        [
            ("[Service]\nExecStart=/nonesuch", "systemd cannot read|its program cannot be run"),
            ("[Service]\nUser=nonesuch\nExecStart=/bin/sleep 1000", "its account does not exist"),
            ("[Service]\nExecStartPre=/bin/false\nExecStart=/bin/sleep 1000", "its false ended with status 1"),
            ("[Service]\nExecStart=/bin/sh -c 'kill -SEGV $$$$'", r"it was killed by signal 11 \(SIGSEGV\)"),
            ("[Service]\nType=notify\nTimeoutStartSec=300ms\nExecStart=/bin/sleep 1000", "longer than systemd allows"),
            ("[Service]\nType=notify\nExecStart=/bin/true", "it does not tell systemd that it runs"),
            ("[Service]\nExecStart=/bin/true", "it has ended, and says nothing of a trouble"),
            (
                "[Service]\nRestart=always\nRestartSec=10ms\nExecStart=/bin/sh -c 'echo cannot; sleep 0.1; exit 5'",
                "systemd starts it again: cannot|too often",
            ),
            (
                "[Unit]\nConditionPathExists=/nonesuch\n[Service]\nExecStart=/bin/sleep 1000",
                "ConditionPathExists=/nonesuch",
            ),
            ("[Unit]\nAssertPathExists=/nonesuch\n[Service]\nExecStart=/bin/sleep 1000", "an assertion of its unit"),
            (
                "[Unit]\nRequires=down.service\nAfter=down.service\n[Service]\nExecStart=/bin/sleep 9",
                "a unit that it needs",
            ),
            ("[Service]\nNonesuch=", "systemd cannot read its unit"),
            (
                "[Unit]\nRefuseManualStart=yes\n[Service]\nExecStart=/bin/sleep 1000",
                "may be requested by dependency only",
            ),
        ],
    )
    async def test_why_it_does_not_start(self, site: InContainer, unit: str, reason: str) -> None:
        site.unit("down", "[Service]\nType=oneshot\nExecStart=/bin/false\n")
        server = site.unit("hopeless", unit + "\n")
        async with site.manager() as manager:
            with pytest.raises(ServiceError) as error:
                await manager.start(server)
            await manager.stop(server)
            assert await manager.report(server) in (Report(State.STOPPED), Report(State.FAILED, ANY))

        assert re.match(rf"hopeless (does not start|cannot be started): .*({reason})", str(error.value))

    async def test_a_server_that_starts_is_not_lost_while_another_one_is_enabled(self, site: InContainer) -> None:
        """systemd that reads its units in the middle would wait for the PID file in vain."""
        site.program("late-child", _LATE)
        start = f"ExecStart=/bin/sh -c '{site.INSIDE}/late-child & exit 0'"
        late = site.unit("late", f"[Service]\nType=forking\nPIDFile=/run/late.pid\nTimeoutStartSec=20\n{start}\n")
        other = site.program("other-one", STAYS)
        async with site.manager() as manager, asyncio.TaskGroup() as group:
            starting = group.create_task(manager.start(late))
            await asyncio.to_thread(until, lambda: "yet?" in site.host.journal("late"), "the wait for the PID file")
            group.create_task(manager.enable(other))
            enabled = lambda: site.host.run("systemctl", "is-enabled", "other-one").stdout == "enabled\n"  # noqa: E731
            await asyncio.to_thread(until, enabled, "the other one")
            (site.folder / "go").touch()
            await starting
            await manager.stop(late)

    @pytest.mark.endurance  # Debian's script waits for four seconds when it restarts its server
    async def test_a_script_for_another_init(self, site: InContainer) -> None:
        """Debian's package of ISC's DHCP server has nothing else."""
        site.host.path("/etc/dhcp/dhcpd.conf").write_text("subnet 10.9.0.0 netmask 255.255.0.0 {}\n")
        site.host.path("/etc/default/isc-dhcp-server").write_text('INTERFACESv4="dhcp0"\n')
        site.host.space.bridge("dhcp0", "10.9.0.1/16")
        server = Program("dhcpd", ("isc-dhcp-server", "dhcpd"), (), "isc-dhcp-server", reloads=None)
        async with site.manager() as manager:
            assert site.host.run("systemctl", "is-enabled", "isc-dhcp-server").returncode != 0
            await manager.enable(server)
            assert site.host.run("systemctl", "is-enabled", "isc-dhcp-server").returncode == 0
            await manager.enable(server)

            await manager.start(server)
            running = await manager.report(server)
            assert running.state is State.RUNNING
            assert site.host.done("cat", f"/proc/{running.process}/comm") == "dhcpd\n"
            async with aclosing(manager.watch(server)) as reports:
                assert await anext(reports) == running
                site.kill(running.process)
                assert (await following(reports, State.FAILED)).detail.startswith("its processes have ended")
            await manager.start(server)
            again = await manager.report(server)
            await manager.reload(server)
            third = await manager.report(server)
            await manager.stop(server)

            assert (again.state, third.state) == (State.RUNNING, State.RUNNING)
            assert len({running.process, again.process, third.process}) == 3
            assert await manager.report(server) == Report(State.STOPPED)

            site.host.path("/etc/dhcp/dhcpd.conf").write_text("nonsense;\n")
            with pytest.raises(ServiceError, match=r"^dhcpd does not start: its isc-dhcp-server ended with status 1: "):
                await manager.start(server)

    async def test_a_mount_is_a_unit_too(self, site: InContainer) -> None:
        mount = site.unit("mnt-tests.mount", "[Mount]\nWhat=tmpfs\nWhere=/mnt/tests\nType=tmpfs\n")
        lost = site.unit("mnt-lost.mount", "[Mount]\nWhat=nothing\nWhere=/mnt/lost\nType=nonesuch\n")
        async with site.manager() as manager:
            assert await manager.report(mount) == Report(State.STOPPED)
            await manager.start(mount)
            assert (await manager.report(mount)).state is State.RUNNING
            assert "tmpfs" in site.host.done("findmnt", "/mnt/tests")
            await manager.enable(mount)
            await manager.stop(mount)
            assert await manager.report(mount) == Report(State.STOPPED)
            with pytest.raises(
                ServiceError,
                match=r"^mnt-lost\.mount does not start: its mount ended with status 32: .*nothing does not exist",
            ):
                await manager.start(lost)

    async def test_a_mount_of_fstab(self, site: InContainer) -> None:
        fstab = site.host.path("/etc/fstab")
        before = fstab.read_text()
        mount = Program("share", ("mnt-share.mount",), (), "")
        async with site.manager() as manager:
            fstab.write_text(f"{before}tmpfs /mnt/share tmpfs noauto 0 0\n")
            await manager.reload_units()
            await manager.enable(mount)
            await manager.restart(mount)
            assert (await manager.report(mount)).state is State.RUNNING
            fstab.write_text(before)
            await manager.stop(mount)
            await manager.reload_units()
            assert await manager.report(mount) == Report(State.ABSENT)

    async def test_work_that_is_done_once(self, site: InContainer) -> None:
        site.unit("once", f"[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo done >>{site.INSIDE}/work'\n")
        work = Program("once", ("once",), (), "")
        async with site.manager() as manager:
            await manager.start(work)
            await manager.restart(work)

        assert text_of(site.folder / "work") == "done\ndone\n"

    async def test_what_has_no_unit(self, site: InContainer) -> None:
        async with site.manager() as manager:
            with pytest.raises(ServiceError, match=r"^strange cannot be run: systemd has no unit for it$"):
                await manager.start(Program("strange", (), ("strange",), ""))

    async def test_a_server_that_is_installed_while_somebody_watches(self, site: InContainer) -> None:
        absent = Program("fresh", ("fresh",), (), PACKAGE)
        async with site.manager() as manager, aclosing(manager.watch(absent)) as reports:
            assert await anext(reports) == Report(State.ABSENT)
            site.program("fresh", STAYS)
            assert await following(reports, State.STOPPED) == Report(State.STOPPED)

    @pytest.mark.parametrize("words", [("systemctl", "kill", "--signal=KILL", "dbus"), ("systemctl", "daemon-reexec")])
    async def test_the_bus_may_be_lost(self, site: InContainer, words: Sequence[str]) -> None:
        server = site.program("steady", STAYS)
        async with site.manager() as manager, aclosing(manager.watch(server)) as reports:
            await manager.start(server)
            running = await following(reports, State.RUNNING)
            site.host.done(*words)
            assert await manager.report(server) == running
            site.kill(running.process)
            await following(reports, State.FAILED)
