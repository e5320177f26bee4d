"""A cluster with a crowd of simulated BMCs, and what is typed there with a clock beside it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.cluster import CLIENT, Daemon, OnCluster, environment, free_port, running
from tests.simulators.bmcs import Rack
from tests.simulators.crowd import is_deaf

ADDRESS = "127.4.0.1"


@dataclass(frozen=True, slots=True)
class Answers:
    """One run of a command. Seconds until the last living node had answered, and until the end; lines of each kind."""

    living: float
    end: float
    lines: int
    errors: int


@dataclass(frozen=True)
class Place(OnCluster):
    """The cluster, and the process of the BMCs, `count` of them, of which `deaf` say nothing."""

    crowd: subprocess.Popen[str]
    count: int
    deaf: int
    metrics: int

    @property
    def living(self) -> int:
        return self.count - self.deaf

    def hosts(self) -> list[str]:
        """The addresses of those who answer."""
        places = Rack(self.count, ADDRESS).places()
        return [host for index, (host, _) in enumerate(places) if not is_deaf(index, self.deaf)]

    def restart(self) -> None:
        """Daemons without a session."""
        for daemon in self.cluster.all:
            daemon.stop()
        self.mn.start()
        for daemon in self.cluster.services:
            daemon.start()
        if self.cluster.services:
            self.cluster.linked()

    def forget(self) -> None:
        """All BMCs forget their sessions."""
        assert self.crowd.stdin is not None and self.crowd.stdout is not None
        self.crowd.stdin.write("forget\n")
        self.crowd.stdin.flush()
        self.crowd.stdout.readline()

    def stat(self) -> Answers:
        """`rpower all stat`, by the client over TLS."""
        where = {"XCAT_ROOT": str(self.mn.root), "XCAT_CREDENTIALS": str(self.mn.credentials), "XCATHOST": self.mn.host}
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CLIENT, "rpower", "all", "stat"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**where),
        ) as client:
            assert client.stdout is not None and client.stderr is not None
            lines = 0
            while lines < self.living and client.stdout.readline():
                lines += 1
            living = time.perf_counter() - began
            rest, errors = client.communicate()
        end = time.perf_counter() - began
        found = Answers(living, end, lines + rest.count(b"\n"), errors.count(b"\n"))
        if (found.lines, found.errors) != (self.living, self.deaf):
            raise SystemExit(f"rpower: {found}: {errors[:500]!r}")
        return found


@contextmanager
def crowded(folder: Path, count: int, deaf: int = 0, below: bool = False) -> Iterator[Place]:
    """A cluster with so many nodes and their BMCs; `below`: half of them belong to each of two service nodes."""
    words = ["--count", str(count), "--address", ADDRESS, "--deaf", str(deaf)]
    metrics = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.crowd", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as crowd:
        assert crowd.stdin is not None and crowd.stdout is not None
        crowd.stdout.readline()
        with running(folder, ("sn1", "sn2") if below else ()) as cluster:
            place = Place(cluster, crowd, count, deaf, metrics)
            _define(place, folder)
            yield place
        crowd.stdin.close()


def _define(place: Place, folder: Path) -> None:
    mn, half = place.mn, place.count // 2
    for group, first, last in (("left", 1, half), ("right", half + 1, place.count)):
        _typed(mn, "nodeadd", f"b[{first:05}-{last:05}]", f"groups=all,{group}", "nodehm.mgt=ipmi")
    _typed(mn, "chtab", "key=ipmi", "passwd.username=admin", "passwd.password=secret")
    rows = (
        f'"b{number:05}","{host}:{port}"' for number, (host, port) in enumerate(Rack(place.count, ADDRESS).places(), 1)
    )
    table = folder / "ipmi.csv"
    table.write_text("#node,bmc\n" + "\n".join(rows) + "\n")
    _typed(mn, "tabrestore", str(table))
    for group, pool in zip(("left", "right"), ("sn1,sn2", "sn2,sn1"), strict=True):
        if place.cluster.services:
            _typed(mn, "chtab", f"node={group}", f"noderes.servicenode={pool}")
    settings = mn.root / "etc/xcat/xcatd.yaml"
    settings.write_text(f"{settings.read_text()}metrics: {place.metrics}\n")


def _typed(daemon: Daemon, *words: str) -> None:
    done = daemon.run(*words)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
