"""`rpower stat` of many BMCs: flat, through two service nodes, and with a dead one in the pool."""

from __future__ import annotations

import signal
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.client import cpu_of
from benchmarks.hardware.others import ipmipower
from benchmarks.table import Measured, median
from tests.helpers.cluster import Cluster, Daemon, running
from tests.simulators.bmcs import Rack, bmcs

BMCS = 256
RUNS = 7
_OPTIONS = ("-I", "3", "-W", "opensesspriv")
"""What ipmipower needs to speak with ipmi_sim."""


def measure() -> list[Measured]:
    with (
        tempfile.TemporaryDirectory() as name,
        bmcs(Rack(count=BMCS, address="127.3.0.1"), Path(name) / "bmcs") as rack,
        running(Path(name)) as cluster,
    ):
        _define(cluster.management, [f"{bmc.host}:{bmc.port}" for bmc in rack])
        cold = [_cold(cluster.management) for _ in range(RUNS)]
        flat, cpu = _times(cluster.management)
        cluster.linked()
        _servicenode(cluster, "sn1,sn2", "sn2,sn1")
        below, _ = _times(cluster.management)
        cluster.services[0].stop(signal.SIGKILL)
        first = _once(cluster.management)
        dead, _ = _times(cluster.management)
        _servicenode(cluster, "sn2", "sn2", wait=False)
        alone, _ = _times(cluster.management)
        theirs = [ipmipower([bmc.host for bmc in rack], _OPTIONS) for _ in range(RUNS)]
    middle = statistics.median
    return [
        median(f"rpower stat, {BMCS} BMCs, flat, a log-in to each", cold, "s", aim=0.69, reference="0.69 s"),
        median(f"rpower stat, {BMCS} BMCs, flat, sessions kept", flat, "s", aim=0.69, reference="0.69 s"),
        Measured("the same, daemon CPU", round(cpu, 2), "s", RUNS, reference="0.63 s"),
        median("ipmipower --stat, the same BMCs", theirs, "s"),
        median("rpower stat through two service nodes", below, "s"),
        Measured("that is more than flat by", round((middle(below) / middle(flat) - 1) * 100, 1), "%", RUNS, aim=10.0),
        Measured("rpower stat, first after a service node died", round(first, 3), "s", 1),
        median("rpower stat with that dead one first in a pool", dead, "s"),
        median("rpower stat with only the living one in the pool", alone, "s"),
        Measured("the dead one costs", round((middle(dead) - middle(alone)) * 1000, 1), "ms", RUNS, aim=50.0),
    ]


def _define(daemon: Daemon, places: list[str]) -> None:
    half = BMCS // 2
    daemon.run("nodeadd", f"b[001-{half:03}]", "groups=all,left", "nodehm.mgt=ipmi")
    daemon.run("nodeadd", f"b[{half + 1:03}-{BMCS:03}]", "groups=all,right", "nodehm.mgt=ipmi")
    daemon.run("chtab", "key=ipmi", "passwd.username=admin", "passwd.password=secret")
    for number, place in enumerate(places, 1):
        daemon.run("chtab", f"node=b{number:03}", f"ipmi.bmc={place}")


def _servicenode(cluster: Cluster, left: str, right: str, wait: bool = True) -> None:
    daemon = cluster.management
    daemon.run("chtab", "node=left", f"noderes.servicenode={left}")
    daemon.run("chtab", "node=right", f"noderes.servicenode={right}")
    if wait:
        for service in cluster.services:
            while service.run("rpower", f"b{BMCS}", "stat").returncode:
                time.sleep(0.1)


def _cold(daemon: Daemon) -> float:
    """The first run of a daemon, which has no session yet."""
    daemon.stop()
    daemon.start()
    return _once(daemon)


def _times(daemon: Daemon) -> tuple[list[float], float]:
    """Seconds of each run after a first one that logs in; CPU seconds per run."""
    _once(daemon)
    before = cpu_of(daemon)
    times = [_once(daemon) for _ in range(RUNS)]
    return times, (cpu_of(daemon) - before) / RUNS


def _once(daemon: Daemon) -> float:
    began = time.perf_counter()
    done = daemon.run("rpower", "all", "stat", tls=True)
    took = time.perf_counter() - began
    if done.returncode or len(done.stdout.splitlines()) != BMCS:
        raise SystemExit(f"rpower failed: {done.stderr[:500]}")
    return took
