"""A service node as sites have it: a host with systemd as its first process, where xcatd runs under its units."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import until
from tests.helpers.cluster import PYTHONPATH, SOURCE
from tests.helpers.container import Wishes, container
from tests.helpers.containernode import ServiceNode, service_node
from tests.helpers.containerroot import SERVERS
from tests.helpers.namespaces import namespaces
from tests.helpers.program import is_alive

SYSTEMD = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
NGINX = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1/unit/nginx_2eservice", "org.freedesktop.systemd1.Unit")
NOT_OF_THE_SANDBOX = ("Type=", "NotifyAccess=", "Sockets=", "Exec", "Restart")
"""How lines of the unit begin that are about the daemon itself."""
ABANDONED = """
import sys, time
from pathlib import Path
from tests.helpers.container import container
from tests.helpers.namespaces import Namespace
with container(Path(sys.argv[1]), Namespace(sys.argv[2])) as host:
    print(host.leader, flush=True)
    time.sleep(600)
"""
"""A test process that is killed."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNode]:
    with service_node(tmp_path_factory.mktemp("node")) as pair:
        yield pair


def sandboxed(pair: ServiceNode, *words: str) -> str:
    """What a program prints that must succeed in the sandbox of the daemon's unit."""
    lines = (SOURCE / "systemd/xcatd.service").read_text().splitlines()
    kept = "\n".join(line for line in lines if not line.startswith(NOT_OF_THE_SANDBOX))
    mine = f"[Service]\nType=oneshot\nStandardOutput=truncate:/var/log/asking\nExecStart={' '.join(words)}"
    pair.sn.path("/etc/systemd/system/asking.service").write_text(kept.replace("[Service]", mine))
    pair.sn.done("systemctl", "daemon-reload")
    done = pair.sn.run("systemctl", "start", "asking")
    assert done.returncode == 0, pair.sn.journal("asking")
    return pair.sn.path("/var/log/asking").read_text()


def starts(pair: ServiceNode) -> list[bool]:
    """For each start of the service node's daemon, whether it was to check the services of its host."""
    lines = [json.loads(line) for line in pair.log().splitlines()]
    return [line["services"] for line in lines if line["event"] == "started"]


def test_no_server_runs_on_a_new_host(pair: ServiceNode) -> None:
    assert pair.sn.done("systemctl", "is-system-running") == "running\n"
    assert {pair.sn.state(server) for server in SERVERS} == {"inactive"}
    enabled = pair.sn.run("systemctl", "is-enabled", *SERVERS).stdout.split()
    assert enabled == ["disabled"] * len(SERVERS), enabled


def test_the_daemon_runs_as_a_service_and_is_linked(pair: ServiceNode) -> None:
    assert pair.sn.state("xcatd") == "active"
    assert "mn1: link sn1: up" in pair.mn.run("lsdaemons").stdout
    assert pair.run("lsxcatd", "-t").stdout == "This is a Service Node\n"


def test_nothing_of_its_sandbox_is_missing(pair: ServiceNode) -> None:
    process = pair.sn.process("xcatd")
    lines = pair.sn.path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":\t") for line in lines if ":\t" in line)
    folders = ("/etc/xcat", "/run/xcat", "/var/log/xcat", "/", "/usr", "/root", "/sys", "/dev")

    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == rights(pair)
    assert [folder for folder in folders if may_write(pair, process, folder)] == [*folders[:3]]


def rights(pair: ServiceNode) -> int:
    """The capabilities that the unit leaves, as the kernel writes them."""
    unit = (SOURCE / "systemd/xcatd.service").read_text()
    left = re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.MULTILINE)[0].lower().split()
    numbers = dict(line.split() for line in pair.sn.done("systemd-analyze", "capability").splitlines()[1:])
    return sum(1 << int(numbers[name]) for name in left)


def may_write(pair: ServiceNode, process: int, folder: str) -> bool:
    """Whether a file system is writable for those who see what the process sees."""
    return pair.sn.run("nsenter", f"--target={process}", "--mount", "test", "-w", folder).returncode == 0


def test_a_reload_and_a_restart(pair: ServiceNode) -> None:
    for verb, checks in (("reload", False), ("restart", True)):
        before, earlier = pair.sn.process("xcatd"), starts(pair)
        pair.sn.done("systemctl", verb, "xcatd")

        assert pair.sn.state("xcatd") == "active"
        assert pair.sn.process("xcatd") not in (0, before), verb
        until(lambda earlier=earlier: len(starts(pair)) > len(earlier), "the line in the log")  # type: ignore[misc]
        assert starts(pair) == [*earlier, checks], verb
        pair.await_link()


def test_stop_and_start(pair: ServiceNode) -> None:
    pair.sn.done("systemctl", "stop", "xcatd.socket", "xcatd")

    assert (pair.sn.state("xcatd"), pair.sn.process("xcatd")) == ("inactive", 0)
    until(lambda: "link sn1: up" not in pair.mn.run("lsdaemons").stdout, "the end of the link")

    pair.sn.done("systemctl", "start", "xcatd")
    pair.await_link()


def test_a_caller_starts_the_daemon(pair: ServiceNode) -> None:
    pair.sn.done("systemctl", "stop", "xcatd")

    assert pair.run("lsxcatd", "-t").stdout == "This is a Service Node\n"
    assert pair.sn.state("xcatd") == "active"
    pair.await_link()


def test_from_its_sandbox_the_daemon_may_ask_systemd(pair: ServiceNode) -> None:
    assert sandboxed(pair, "busctl", "get-property", *NGINX, "ActiveState") == 's "inactive"\n'


def test_from_its_sandbox_the_daemon_may_enable_start_and_stop_a_unit(pair: ServiceNode) -> None:
    sandboxed(pair, "busctl", "call", *SYSTEMD, "EnableUnitFiles", "asbb", "1", "nginx.service", "false", "true")
    assert pair.sn.done("systemctl", "is-enabled", "nginx") == "enabled\n"
    sandboxed(pair, "busctl", "call", *SYSTEMD, "StartUnit", "ss", "nginx.service", "replace")
    until(lambda: pair.sn.state("nginx") == "active", "nginx")
    sandboxed(pair, "busctl", "call", *SYSTEMD, "StopUnit", "ss", "nginx.service", "replace")
    until(lambda: pair.sn.state("nginx") == "inactive", "the end of nginx")
    sandboxed(pair, "busctl", "call", *SYSTEMD, "DisableUnitFiles", "asb", "1", "nginx.service", "false")
    assert pair.sn.run("systemctl", "is-enabled", "nginx").stdout == "disabled\n"


def test_what_a_container_is_given(tmp_path: Path) -> None:
    shared, seen = tmp_path / "shared", tmp_path / "seen"
    for folder in (shared, seen):
        folder.mkdir()
        (folder / "file").write_text("given\n")
    wishes = Wishes(
        {"/install": shared}, (seen,), {"/srv/run": "#!/bin/sh\necho run\n"}, masked=("systemd-logind.service",)
    )
    with namespaces("box") as (space,), container(tmp_path, space, "sn9", wishes) as host:
        assert host.done("cat", "/install/file", f"{seen}/file") == "given\ngiven\n"
        assert host.run("touch", "/install/new", f"{seen}/new").stderr.count("Read-only file system") == 1
        assert (host.done("/srv/run"), host.done("hostname")) == ("run\n", "sn9\n")
        assert host.state("systemd-logind") == "inactive"
    assert (shared / "new").exists()


def test_nothing_is_left_of_a_container(tmp_path: Path) -> None:
    with namespaces("box") as (space,):
        with container(tmp_path, space) as host:
            assert len(remains(host.leader, space.name)) > 1
        assert remains(host.leader, space.name) == []
        assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_container_that_does_not_boot(tmp_path: Path) -> None:
    with namespaces("box") as (space,):
        wishes = Wishes(seen=(tmp_path / "missing",))
        with pytest.raises(AssertionError, match="missing"), container(tmp_path, space, wishes=wishes):
            pass
        assert remains(0, space.name) == []
        assert list(tmp_path.iterdir()) == []


def test_a_container_ends_with_its_test_process_and_the_next_one_clears_up(tmp_path: Path) -> None:
    with namespaces("box") as (space,):
        words = [sys.executable, "-c", ABANDONED, str(tmp_path), space.name]
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, cwd=SOURCE, env={"PYTHONPATH": PYTHONPATH}
        ) as test:
            assert test.stdout is not None
            leader = int(test.stdout.readline())
            assert is_alive(leader)
            test.kill()
        until(lambda: not is_alive(leader), "its end")
        with container(tmp_path, space, "sn2"):
            pass
        assert remains(leader, space.name) == []


def remains(leader: int, name: str) -> list[str]:
    """What is left of a container on this host."""
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "/container-" in line]
    # Others come and go meanwhile, over which Path.glob would stumble.
    cgroups = [folder for folder, _, _ in os.walk("/sys/fs/cgroup") if folder.endswith(f"/{name}")]
    process = [str(leader)] if leader and is_alive(leader) else []
    return [*mounts, *cgroups, *process]
