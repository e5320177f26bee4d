"""Real daemons for tests and benchmarks: each in a process and a root of its own, on loopback addresses."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.helpers.claims import ports

SOURCE = Path(__file__).resolve().parents[2]
PYTHONPATH = os.pathsep.join(str(SOURCE / part) for part in ("", "client", "certs"))
PATIENCE = 60.0
"""Seconds after which something that does not come is given up: machines of tests are busy, and may stand still for a while."""


def environment(**more: str) -> dict[str, str]:
    """The environment of programs under test: this source tree, and no switch of the caller's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XCAT")}
    return {**kept, "PYTHONPATH": PYTHONPATH, **more}


@contextlib.contextmanager
def unmeasured() -> Iterator[None]:
    """Programs that are started meanwhile do not measure coverage: tests of endurance need their speed."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS")}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ |= kept


@dataclass
class Daemon:
    """One daemon: its root, its address, and its process while it runs."""

    root: Path
    name: str
    address: str = "127.0.0.1"
    port: int = 0
    master: str = ""
    pythonpath: str = PYTHONPATH
    """Where its program is: another folder for a daemon of another release."""
    before: tuple[str, ...] = ()
    """What starts it: words before its command line."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def init(self, *words: str) -> subprocess.CompletedProcess[str]:
        master = ["--master", self.master] if self.master else []
        return self.xcatd(
            "init", "--root", str(self.root), "--name", self.name, "--address", self.address, "--port", str(self.port),
            *master, *words,
        )  # fmt: skip

    def xcatd(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program `xcatd` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "xcatd", *words], capture_output=True, text=True, env=environment(), timeout=120
        )

    def xcatcert(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xcat_certs", "--root", str(self.root), *words],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=120,
        )

    def start(self, *words: str, wait: bool = True) -> None:
        errors = (self.root / "stderr").open("ab")
        self.process = subprocess.Popen(
            [*self.before, sys.executable, "-m", "xcatd", "--root", str(self.root), *words],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment(PYTHONPATH=self.pythonpath, PYTHONSAFEPATH="1"),
        )
        errors.close()
        if wait:
            self.wait()

    def wait(self) -> None:
        """Wait until it answers on its port."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}: {self.errors()}")
            with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.name} does not answer: {self.errors()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; gives the exit status."""
        if self.process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        process, self.process = self.process, None
        try:
            return process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def errors(self) -> str:
        path = self.root / "stderr"
        return path.read_text(errors="replace") if path.exists() else ""

    def log(self) -> str:
        path = self.root / "var/log/xcat/xcatd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run(
        self, *argv: str, stdin: str | None = None, tls: bool = False, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Type a command on this daemon's host: through its socket, or with `tls` through its port."""
        where = {"XCAT_ROOT": str(self.root), "XCAT_CREDENTIALS": str(self.credentials)}
        where |= {"XCATHOST": self.host} if tls else {}
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", CLIENT, *argv],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            env=environment(**where | env),
            timeout=120,
        )

    @property
    def credentials(self) -> Path:
        return self.root / "root/.xcat"


CLIENT = (
    f"import sys; sys.path.insert(0, {str(SOURCE / 'client')!r}); sys.argv[0] = 'xcat'; "
    "from xcat_client.main import main; main()"
)


def free_port(address: str = "127.0.0.1") -> int:
    """A port of this address that nobody uses, and that nobody but this test process is given."""
    return ports().free(address)


@dataclass
class Cluster:
    """A management node and service nodes that trust each other."""

    management: Daemon
    services: list[Daemon]

    @property
    def all(self) -> list[Daemon]:
        return [self.management, *self.services]

    def stop(self) -> None:
        """All of them, also when one does not stop as it must."""
        with contextlib.ExitStack() as stack:
            for daemon in self.all:
                stack.callback(daemon.stop)

    def linked(self, *names: str) -> None:
        """Wait until the management node has links from these service nodes, and they have the tables: which alone says little,
        as they may have them from before."""
        deadline = time.monotonic() + PATIENCE
        for each in self.services:
            if names and each.name not in names:
                continue
            while not (self._has_link_of(each) and _has_tables(each)):
                if time.monotonic() > deadline:
                    raise AssertionError(f"{each.name} is not linked: {each.errors()} {each.log()[-2000:]}")
                time.sleep(0.1)

    def _has_link_of(self, service: Daemon) -> bool:
        return f"link {service.name}: up" in self.management.run("lsdaemons").stdout


def _has_tables(service: Daemon) -> bool:
    return service.run("rpower", "no-such-node-here", "stat").stderr.startswith("Error: Invalid nodes")


@dataclass(frozen=True)
class OnCluster:
    """What has a cluster: its daemons by their short names."""

    cluster: Cluster

    @property
    def mn(self) -> Daemon:
        return self.cluster.management

    @property
    def sn1(self) -> Daemon:
        return self.cluster.services[0]

    @property
    def sn2(self) -> Daemon:
        return self.cluster.services[1]


def made(daemon: Daemon) -> Daemon:
    """The daemon, after a set-up that must succeed."""
    done = daemon.init()
    assert done.returncode == 0, done.stderr
    return daemon


def refused(daemon: Daemon, *words: str) -> str:
    """What a daemon says that does not start: one sentence."""
    done = daemon.xcatd("--root", str(daemon.root), *words)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("xcatd: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def write_settings(daemon: Daemon, text: str) -> None:
    (daemon.root / "etc/xcat/xcatd.yaml").write_text(text)


def join(management: Daemon, service: Daemon) -> Daemon:
    """Set up a service node: its key is made there, its request signed by the management node."""
    made(service)
    cert = service.root / "etc/xcat/cert"
    signed = management.xcatcert(
        "sign", "sn", service.name, str(cert / "server-req.pem"), "--out", str(service.root / "signed.pem")
    )
    assert signed.returncode == 0, signed.stderr
    ca = management.root / "etc/xcat/cert/ca.pem"
    installed = service.xcatcert("install", str(service.root / "signed.pem"), "--ca", str(ca))
    assert installed.returncode == 0, installed.stderr
    return service


def build(folder: Path, services: Sequence[str] = ("sn1", "sn2"), management: str = "mn1") -> Cluster:
    """A set-up cluster, nothing started: the management node on 127.0.0.1, service nodes on their own addresses."""
    mn = made(Daemon(folder / management, management, "127.0.0.1", free_port()))
    below = []
    for number, name in enumerate(services, 1):
        address = f"127.0.1.{number}"
        below.append(join(mn, Daemon(folder / name, name, address, free_port(address), master=mn.host)))
    return Cluster(mn, below)


def copied(cluster: Cluster, folder: Path) -> Cluster:
    """The same cluster in another folder, where it may run while the first one does not: a set-up takes longer than a copy."""
    return Cluster(_copied(cluster.management, folder), [_copied(daemon, folder) for daemon in cluster.services])


def _copied(daemon: Daemon, folder: Path) -> Daemon:
    root = shutil.copytree(daemon.root, folder / daemon.name, symlinks=True)
    return replace(daemon, root=Path(root), process=None)


@contextlib.contextmanager
def running(folder: Path, services: Sequence[str] = ("sn1", "sn2"), management: str = "mn1") -> Iterator[Cluster]:
    """A cluster that runs, and is stopped at the end."""
    cluster = build(folder, services, management)
    try:
        for daemon in cluster.all:
            daemon.start()
        if services:
            cluster.linked()
        yield cluster
    finally:
        cluster.stop()
