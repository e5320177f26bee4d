"""From the start of a daemon to its first answer, and what it needs when nothing happens."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from benchmarks.client import cpu_of
from benchmarks.clock import started
from benchmarks.table import Measured, median
from tests.helpers.cluster import Daemon, running

RUNS = 7


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as cluster:
        management = cluster.management
        management.run("nodeadd", "n[01-10]", "groups=all")
        time.sleep(2)
        before = cpu_of(management)
        time.sleep(10)
        idle = cpu_of(management) - before
        taken = [memory(daemon) for daemon in cluster.all]
        starts = [_start(management) for _ in range(RUNS)]
    return [
        median("start to first answer", starts, "s", aim=0.7, reference="2.1 s"),
        Measured("idle memory of the management node (PSS)", taken[0], "MiB", 1, aim=60, reference="67 MiB"),
        median("idle memory of a service node (PSS)", taken[1:], "MiB", aim=60, reference="67 MiB"),
        Measured("CPU in 10 s of idleness", round(idle, 2), "s", 1, reference="0.00 s"),
    ]


def _start(daemon: Daemon) -> float:
    daemon.stop()
    return started(daemon)


def memory(daemon: Daemon) -> float:
    assert daemon.process is not None
    text = Path(f"/proc/{daemon.process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return round(int(found[1]) / 1024, 1)
