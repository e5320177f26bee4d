"""Two management nodes on one PostgreSQL, each with a way to the database of its own that a test can break, and a service node."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, free_port, join, made
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.onserver import moved, name_database
from tests.helpers.proxy import Proxy
from xcatd.store import Location

NAMES = ("mn1", "mn2")


@dataclass(frozen=True)
class Pair:
    """`managers` by name, and `sn1`, which runs. `wires` are the ways of the management nodes to the database."""

    managers: dict[str, Daemon]
    sn1: Daemon
    wires: dict[str, Proxy]
    server: DatabaseServer

    def other(self, name: str) -> str:
        return NAMES[1 - NAMES.index(name)]

    @property
    def hosts(self) -> str:
        """XCATHOST with both."""
        return ",".join(self.managers[name].host for name in NAMES)

    def part(self, name: str) -> str:
        """What a management node says it is: `active`, `stands by`, ...; "" when it does not answer."""
        lines = self.managers[name].run("lsxcatd", "-t").stdout.splitlines()
        return next((line.partition("=")[2] for line in lines if line.startswith("part=")), "")

    def active(self) -> str:
        """The name of the one that is active, "" for none."""
        return next((name for name in NAMES if pid_of(self.managers[name]) and self.part(name) == "active"), "")

    def two(self) -> tuple[Daemon, Daemon]:
        """The active one, and the one that stands by; whichever does not run is started."""
        for wire in self.wires.values():
            wire.resume()
        for daemon in self.managers.values():
            if not pid_of(daemon):
                start(daemon)
        name = str(until(self.active, "one to be active"))
        until(lambda: self.part(self.other(name)) == "stands by", "the other one to stand by")
        self.linked(name)
        return self.managers[name], self.managers[self.other(name)]

    def until_active(self, name: str) -> None:
        until(lambda: self.part(name) == "active", f"{name} to be active")

    def linked(self, name: str) -> None:
        until(lambda: "link sn1: up" in self.managers[name].run("lsdaemons").stdout, f"sn1 at {name}")


def start(daemon: Daemon) -> None:
    """Start it, and let it write down its process, which is another one after it has stepped down."""
    daemon.start("-p", str(daemon.root / "pid"))


def pid_of(daemon: Daemon) -> int:
    """The process of a daemon; 0 when there is none."""
    try:
        pid = int((daemon.root / "pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ValueError):
        return 0
    return pid if str(daemon.root).encode() in words else 0


def end(daemon: Daemon, number: int = signal.SIGTERM) -> None:
    """End a daemon, whichever process it is by now."""
    if pid := pid_of(daemon):
        with contextlib.suppress(ProcessLookupError):
            for each in (signal.SIGCONT, number) if number != signal.SIGKILL else (number,):
                os.kill(pid, each)
        until(lambda: pid_of(daemon) != pid, f"the end of {daemon.name}")
    if daemon.process is not None:
        daemon.process.wait()
        daemon.process = None


def build_pair(folder: Path) -> Pair:
    """Set up as an operator does it; nothing runs, and the tables are in a file of mn1 still."""
    ports = {name: free_port() for name in NAMES}
    listed = "".join(f"- {name}=127.0.0.1:{port}\n" for name, port in ports.items())
    managers: dict[str, Daemon] = {}
    for name in NAMES:
        daemon = Daemon(folder / name, name, "127.0.0.1", ports[name])
        if managers:
            shutil.copytree(folder / NAMES[0] / "etc/xcat/ca", daemon.root / "etc/xcat/ca")
        made(daemon)
        with (daemon.root / "etc/xcat/xcatd.yaml").open("a") as settings:
            settings.write(f"management_nodes:\n{listed}")
        managers[name] = daemon
    master = ",".join(managers[name].host for name in NAMES)
    sn1 = join(managers["mn1"], Daemon(folder / "sn1", "sn1", "127.0.1.1", free_port("127.0.1.1"), master=master))
    return Pair(managers, sn1, {}, None)  # type: ignore[arg-type]


def copied_pair(pair: Pair, folder: Path) -> Pair:
    def again(daemon: Daemon) -> Daemon:
        return replace(daemon, root=shutil.copytree(daemon.root, folder / daemon.name, symlinks=True), process=None)

    return replace(pair, managers={name: again(each) for name, each in pair.managers.items()}, sn1=again(pair.sn1))


@contextlib.contextmanager
def running_pair(server: DatabaseServer, pair: Pair) -> Iterator[Pair]:
    """The daemons, which are set up, run on a new database; mn1 is the active one. They are stopped at the end, and the database
    is dropped."""
    location = server.create()
    try:
        with contextlib.ExitStack() as stack:
            wires = {name: stack.enter_context(Proxy((location.host, location.port))) for name in NAMES}
            made_pair = replace(pair, wires=wires, server=server)
            asyncio.run(moved(pair.managers["mn1"], location))
            for name, daemon in pair.managers.items():
                name_database(daemon, _through(location, wires[name]))
            for daemon in (*pair.managers.values(), pair.sn1):
                stack.callback(end, daemon)
            start(pair.managers["mn1"])
            made_pair.until_active("mn1")
            typed(pair.managers["mn1"], "nodeadd sn1 groups=service,all", "chtab node=sn1 servicenode.comments=here")
            start(pair.managers["mn2"])
            until(lambda: made_pair.part("mn2") == "stands by", "mn2 to stand by")
            start(pair.sn1)
            made_pair.linked("mn1")
            yield made_pair
    finally:
        if not server.pids:  # it was stopped, and then something failed
            server.start()
        server.drop(location)


def _through(location: Location, wire: Proxy) -> Location:
    return replace(location, port=int(wire.place.rpartition(":")[2]))
