"""Servers that this program runs itself."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE, SOURCE
from tests.helpers.managersites import STAYS, OnItsOwn, following, ready, text_of
from tests.helpers.program import is_alive
from tests.integration.managers import Contract
from xcatd.errors import ServiceError
from xcatd.services.managers import Program, Report, State
from xcatd.services.managers.process import Process

DAEMON = """
import asyncio, sys
from pathlib import Path
from xcatd.services.managers import Program
from xcatd.services.managers.processes import Processes

async def main():
    async with Processes(Path(sys.argv[1])) as manager:
        await manager.start(Program("lonely", (), (sys.argv[2],), ""))

asyncio.run(main())
"""
FIRST_PROCESS = """
import asyncio, os, signal, subprocess, sys
from pathlib import Path
from xcatd.services.managers import Program, State
from xcatd.services.managers.processes import Processes

async def main():
    root, program, daemon = sys.argv[1:]
    assert os.getpid() == 1
    subprocess.run([sys.executable, "-c", daemon, root, program], check=True)
    server = Program("lonely", (), (program,), "")
    async with Processes(Path(root)) as manager, asyncio.timeout(60):
        first = await manager.report(server)
        parent = [line for line in Path(f"/proc/{first.process}/status").read_text().splitlines() if "PPid" in line]
        os.kill(first.process, signal.SIGKILL)
        async for report in manager.watch(server):
            if report.state is State.FAILED and "killed" in report.detail:
                break
        while Path(f"/proc/{first.process}").exists():
            await asyncio.sleep(0.01)
        await manager.start(server)
        second = await manager.report(server)
        await manager.stop(server)
        print(*parent, report.detail.partition(" (/")[0], second.process > first.process, sep="; ")

asyncio.run(main())
"""
"""What a daemon does that is the first process of a container: its predecessor has left it a server."""


class TestProcesses(Contract):
    @pytest.fixture
    def site(self, tmp_path: Path) -> Iterator[OnItsOwn]:
        site = OnItsOwn(tmp_path)
        yield site
        _stop_all(site.root)

    async def test_a_server_outlives_the_daemon(self, site: OnItsOwn) -> None:
        server = site.program("lonely", STAYS)
        words = [sys.executable, "-c", DAEMON, str(site.root), *server.words]
        done = await asyncio.to_thread(
            subprocess.run, words, cwd=SOURCE, capture_output=True, text=True, timeout=PATIENCE
        )
        assert (done.returncode, done.stderr) == (0, "")

        async with site.manager() as manager:
            report = await manager.report(server)
            assert report.state is State.RUNNING
            assert os.getsid(report.process) == report.process, "a session of its own"
            await manager.stop(server)

    def test_a_daemon_that_is_the_first_process_buries_what_others_have_started(self, site: OnItsOwn) -> None:
        server = site.program("lonely", STAYS)
        words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-c", FIRST_PROCESS]
        done = subprocess.run(
            [*words, str(site.root), server.words[0], DAEMON],
            cwd=SOURCE,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

        assert (done.stdout, done.stderr) == ("PPid:\t1; it was killed by signal 9 (SIGKILL); True\n", "")

    async def test_a_server_gets_nothing_of_the_daemon_but_a_log(
        self, site: OnItsOwn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
        server = site.program(
            "bare", STAYS.replace("while", 'ls -l /proc/$$/fd; env; exec 2>/dev/null; echo "end"; while')
        )
        descriptor = os.open("/dev/null", os.O_RDONLY)
        os.set_inheritable(descriptor, True)
        try:
            async with site.manager() as manager:
                await manager.start(server)
                await ready(site)
                said = await asyncio.to_thread(until, lambda: _said(site, "bare", "end"), "what it says")
                process = (await manager.report(server)).process
                here = Path(f"/proc/{process}/cwd").readlink()
                await manager.stop(server)
        finally:
            os.close(descriptor)

        opened = [line.split() for line in said.splitlines() if "->" in line]
        log = str(site.root / "var/log/xcat/services/bare.log")
        files = {int(words[-3]): words[-1] for words in opened}
        assert {number: files[number] for number in (0, 1, 2)} == {0: "/dev/null", 1: log, 2: log}
        assert set(files) <= {0, 1, 2, 10}, "10: where a shell has its script"
        assert "NOTIFY_SOCKET" not in said
        assert here == Path("/")
        assert Path(log).stat().st_mode & 0o777 == 0o640

    async def test_an_account(self, site: OnItsOwn) -> None:
        server = site.program("humble", STAYS)
        site.folder.chmod(0o777)
        for folder in site.folder.parents:
            if not folder.stat().st_mode & 0o001:  # those that pytest has made for root alone
                folder.chmod(folder.stat().st_mode | 0o011)
        humble = dataclasses.replace(server, account="nobody")
        async with site.manager() as manager:
            await manager.start(humble)
            await ready(site)
            process = (await manager.report(humble)).process
            status = Path(f"/proc/{process}/status").read_text()
            await manager.stop(humble)
            with pytest.raises(ServiceError, match="there is no account nonesuch; install the package"):
                await manager.start(dataclasses.replace(server, account="nonesuch"))

        nobody = pwd.getpwnam("nobody")
        assert f"Uid:\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}\n" in status
        assert f"Gid:\t{nobody.pw_gid}\t" in status
        assert "Groups:\t \n" in status or f"Groups:\t{nobody.pw_gid} \n" in status

    async def test_another_process_with_its_number_is_left_alone(self, site: OnItsOwn) -> None:
        server = site.program("unlucky", STAYS)
        other = await asyncio.create_subprocess_exec("sleep", "1000", start_new_session=True)
        try:
            file = site.root / "run/xcat/services/unlucky.pid"
            file.parent.mkdir(parents=True)
            file.write_text(f"{other.pid} 1\n")
            async with site.manager() as manager:
                assert (await manager.report(server)).state is State.FAILED
                await manager.stop(server)
                assert await manager.report(server) == Report(State.STOPPED)
                assert is_alive(other.pid)
        finally:
            other.kill()
            await other.wait()

    async def test_what_a_dead_server_has_started_ends_with_it(self, site: OnItsOwn) -> None:
        """Else it would hold the port, and the server could not start again."""
        server = site.program("parent", 'sleep 1000 & echo $! >"$folder/child"; wait')
        async with site.manager() as manager, aclosing(manager.watch(server)) as reports:
            await manager.start(server)
            child = int(await asyncio.to_thread(until, lambda: text_of(site.folder / "child").strip(), "its child"))
            site.kill((await manager.report(server)).process)
            await following(reports, State.FAILED)
            await asyncio.to_thread(until, lambda: not is_alive(child), "the end of its child")

    async def test_nobody_is_left_unburied(self, site: OnItsOwn) -> None:
        server = site.program("brief", STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            process = (await manager.report(server)).process
            site.kill(process)
            await asyncio.to_thread(until, lambda: not Path(f"/proc/{process}").exists(), "its burial")
            # Children of others are not touched.
            child = await asyncio.create_subprocess_exec("sh", "-c", "exit 7")
            assert await child.wait() == 7

    async def test_one_that_does_not_stop_is_killed(self, site: OnItsOwn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xcatd.services.managers.processes._STOPS_WITHIN", 0.2)
        server = site.program("deaf", "trap '' TERM\n" + STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            await ready(site)
            await manager.stop(server)
            assert await manager.report(server) == Report(State.STOPPED)

        assert "xcatd: kills deaf, which does not stop within 0.2 s" in site.log("deaf")

    async def test_a_long_log_begins_anew(self, site: OnItsOwn) -> None:
        server = site.program("talkative", STAYS)
        log = site.root / "var/log/xcat/services/talkative.log"
        log.parent.mkdir(parents=True)
        log.write_text("old words\n" * 200_000)
        async with site.manager() as manager:
            await manager.start(server)
            await manager.stop(server)

        assert "old words" not in log.read_text()
        assert "xcatd: starts talkative" in log.read_text()
        assert "old words" in log.with_name("talkative.log.old").read_text()

    async def test_one_that_cannot_be_run(self, site: OnItsOwn) -> None:
        server = site.program("broken", "")
        Path(server.words[0]).write_text("#!/nonesuch\n")
        async with site.manager() as manager:
            with pytest.raises(ServiceError, match=r"^broken does not start: .*/broken: no such file or directory$"):
                await manager.start(server)
            assert await manager.report(server) == Report(State.STOPPED)

    async def test_an_absent_server_is_not_stopped_for_a_restart(self, site: OnItsOwn) -> None:
        server = site.program("removed", STAYS)
        async with site.manager() as manager:
            await manager.start(server)
            before = await manager.report(server)
            Path(server.words[0]).unlink()
            with pytest.raises(ServiceError, match="removed is not installed"):
                await manager.restart(server)
            assert await manager.report(server) == before
            await manager.stop(server)

    async def test_a_server_with_variables_of_its_own(self, site: OnItsOwn) -> None:
        server = site.program("choosy", 'echo "$PLACE" >"$folder/place"\n' + STAYS)
        choosy = dataclasses.replace(server, words=("env", "PLACE=here", *server.words))
        absent = dataclasses.replace(server, words=("env", "PLACE=here", "nonesuchd"))
        async with site.manager() as manager:
            assert await manager.report(absent) == Report(State.ABSENT)
            with pytest.raises(ServiceError, match="choosy is not installed"):
                await manager.start(absent)
            await manager.start(choosy)
            await ready(site)
            await manager.stop(choosy)

        assert text_of(site.folder / "place") == "here\n"

    async def test_what_only_systemd_can_do(self, site: OnItsOwn) -> None:
        async with site.manager() as manager:
            await manager.reload_units()
            with pytest.raises(ServiceError, match=r"^share is done by systemd only, which does not run here$"):
                await manager.start(Program("share", ("mnt-share.mount",), (), ""))

    async def test_a_log_that_cannot_be_opened(self, site: OnItsOwn) -> None:
        server = site.program("mute", STAYS)
        (site.root / "var/log/xcat/services/mute.log").mkdir(parents=True)
        async with site.manager() as manager:
            with pytest.raises(
                ServiceError, match=r"^mute does not start: its log .*mute.log cannot be opened: is a dir"
            ):
                await manager.start(server)
            assert await manager.report(server) == Report(State.STOPPED)

    async def test_two_daemons_start_it_once(self, site: OnItsOwn) -> None:
        server = site.program("single", STAYS)
        async with site.manager() as one, site.manager() as other:
            await asyncio.gather(one.start(server), other.start(server), one.start(server), other.start(server))
            assert await one.report(server) == await other.report(server)
            assert site.log("single").count("xcatd: starts single") == 1
            await other.stop(server)
            assert await one.report(server) == Report(State.STOPPED)


def _said(site: OnItsOwn, name: str, end: str) -> str:
    """What a server has said, once it has said the last line."""
    text = site.log(name)
    return text if text.endswith(f"{end}\n") else ""


def _stop_all(root: Path) -> None:
    """Servers outlive managers, but not a test: what one that failed has left is killed here."""
    for file in (root / "run/xcat/services").glob("*.pid"):
        process = Process(*map(int, file.read_text().split()))
        process.kill()
