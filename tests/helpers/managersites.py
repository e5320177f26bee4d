"""Hosts with a manager of servers, and servers for it: one without systemd, and a container with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

from tests.helpers.alone import until
from tests.helpers.cluster import PATIENCE
from tests.helpers.container import Container
from xcatd.services.managers import Program, Report, State
from xcatd.services.managers.processes import Processes
from xcatd.services.managers.systemd import Systemd

STAYS = """
trap 'echo again >>"$folder/read"' HUP
: >"$folder/ready"
while :; do sleep 1000 & wait $!; done
"""
"""A server that reads its files again when it is told."""
ENDS = """
echo 'Server 1.0 begins'
echo 'cannot open /etc/server.conf: it is not there'
echo 'Good bye.'
exit 3
"""
PACKAGE = "server-of-tests (Debian)"


class Site(Protocol):
    """A host with a manager. `folder`: the folder of the servers, as this process sees it."""

    folder: Path

    def manager(self) -> Processes | Systemd: ...

    def program(self, name: str, script: str) -> Program:
        """Install a server."""
        ...

    def kill(self, process: int) -> None:
        """As the kernel does when memory runs out."""
        ...


class OnItsOwn:
    """Without systemd."""

    def __init__(self, folder: Path) -> None:
        self.root, self.folder = folder / "root", folder / "servers"
        self.folder.mkdir()

    def manager(self) -> Processes:
        return Processes(self.root)

    def program(self, name: str, script: str) -> Program:
        return Program(name, (name,), (str(_written(self.folder, self.folder, name, script)),), PACKAGE)

    def log(self, name: str) -> str:
        return text_of(self.root / f"var/log/xcat/services/{name}.log")

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)


class InContainer:
    """With the systemd of a container."""

    INSIDE = Path("/opt/servers")

    def __init__(self, host: Container) -> None:
        self.host = host
        self.folder = host.path(str(self.INSIDE))
        host.done("rm", "-rf", str(self.INSIDE))
        self.folder.mkdir()

    def manager(self) -> Systemd:
        bus = self.host.path("/run/dbus/system_bus_socket")
        return Systemd(f"unix:path={bus}", ("nsenter", f"--target={self.host.leader}", "--mount", "--pid", "--"))

    def program(self, name: str, script: str) -> Program:
        _written(self.folder, self.INSIDE, name, script)
        start = f"ExecStart={self.INSIDE}/{name}\nExecReload=/bin/kill -HUP $MAINPID"
        return self.unit(name, f"[Service]\n{start}\n[Install]\nWantedBy=multi-user.target\n")

    def unit(self, name: str, text: str) -> Program:
        file = name if "." in name else f"{name}.service"
        self.host.path(f"/etc/systemd/system/{file}").write_text(text)
        self.host.done("systemctl", "daemon-reload")
        return Program(name, (name,), (), PACKAGE)

    def kill(self, process: int) -> None:
        self.host.done("kill", "-KILL", str(process))


def _written(folder: Path, inside: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\nfolder={inside}\n{script}")
    file.chmod(0o755)
    return inside / name


async def ready(site: Site) -> None:
    """Wait until a server that STAYS can be told something, and forget that."""
    await asyncio.to_thread(until, (site.folder / "ready").exists, "a server")
    (site.folder / "ready").unlink()


async def following(reports: AsyncGenerator[Report, None], state: State) -> Report:
    """Wait for a report about this state."""
    async with asyncio.timeout(PATIENCE):
        async for report in reports:
            if report.state is state:
                return report
    raise AssertionError(f"nobody tells that it is {state}")


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""
