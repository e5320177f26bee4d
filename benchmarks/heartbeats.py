"""What a hundred service nodes that do nothing cost their management node: heartbeats, and the looks at how they are."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.client import cpu_of
from benchmarks.table import Measured
from tests.helpers.alone import until
from tests.helpers.cluster import SOURCE, Cluster, Daemon, environment, running
from tests.helpers.trust import authority_of
from xcat_certs.authority import Authority
from xcat_certs.issue import issue
from xcat_certs.layout import Credentials
from xcat_certs.names import AlternativeNames, Role

PEERS = 100
NODES = 1000
SECONDS = 60


def measure() -> list[Measured]:
    names = [f"sn{number:03}" for number in range(1, PEERS + 1)]
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), services=()) as cluster:
        management = cluster.management
        alone = _percent(management)
        _define(management, names)
        with _peers(Path(folder) / "peers", cluster, names):
            until(lambda: _healthy(management) == PEERS, "health of all")
            linked = _percent(management)
    return [
        Measured("CPU of a management node alone", alone, "% of a core", 1),
        Measured(f"with {PEERS} service nodes linked, and {NODES} nodes", linked, "% of a core", 1),
        Measured(
            f"heartbeats and health of {PEERS} service nodes", round(linked - alone, 2), "% of a core", 1, aim=1.0
        ),
    ]


def _define(daemon: Daemon, names: Sequence[str]) -> None:
    daemon.run("nodeadd", f"sn[001-{PEERS:03}]", "groups=service")
    daemon.run("nodeadd", f"n[0001-{NODES:04}]", "groups=compute")
    for number, name in enumerate(names):
        first, size = number * NODES // PEERS + 1, NODES // PEERS
        pool = f"{name},{names[(number + 1) % PEERS]}"
        daemon.run("nodech", f"n[{first:04}-{first + size - 1:04}]", f"noderes.servicenode={pool}")


def _percent(daemon: Daemon) -> float:
    before, began = cpu_of(daemon), time.perf_counter()
    time.sleep(SECONDS)
    return round((cpu_of(daemon) - before) / (time.perf_counter() - began) * 100, 2)


def _healthy(daemon: Daemon) -> int:
    return daemon.run("lsdaemons").stdout.count(": healthy ")


@contextmanager
def _peers(folder: Path, cluster: Cluster, names: Sequence[str]) -> Iterator[None]:
    """They are linked meanwhile."""
    daemon = cluster.management
    authority = Authority.open(authority_of(daemon))
    for name in names:
        place = Credentials(folder / name, "server")
        issue(authority, place, Role.SERVICE, name, days=1, names=AlternativeNames())
        (folder / name / "ca.pem").write_bytes(authority.certificate_pem)
    words = [sys.executable, "-m", "benchmarks.peers", str(folder), daemon.host, *names]
    program = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SOURCE, env=environment()
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "linked\n"
        yield
    finally:
        program.communicate("")
