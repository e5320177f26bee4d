"""The whole client process, from start to exit: `nodels` at 10 nodes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.table import Measured, median
from tests.helpers.cluster import Daemon, environment, running
from xcat_client.install import install

RUNS = 40


def measure() -> list[Measured]:
    with tempfile.TemporaryDirectory() as name, running(Path(name), services=()) as cluster:
        management = cluster.management
        management.run("nodeadd", "n[01-10]", "groups=all")
        install(Path(name) / "bin", ["nodels"], python=sys.executable)
        program = [str(Path(name) / "bin/nodels")]
        ways = {
            "TLS": environment(XCATHOST=management.host, XCAT_CREDENTIALS=str(management.credentials)),
            "Unix socket": environment(XCAT_ROOT=str(management.root)),
        }
        rows = []
        for (way, env), aim in zip(ways.items(), (40.0, 20.0), strict=True):
            rows += _one(way, program, env, management, aim)
        return rows


def _one(way: str, program: Sequence[str], env: Mapping[str, str], daemon: Daemon, aim: float) -> list[Measured]:
    walls, cpus = [], []
    before_daemon = cpu_of(daemon)
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(program, env=env, check=True, stdout=subprocess.DEVNULL)
        walls.append((time.perf_counter() - began) * 1000)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    spent = (cpu_of(daemon) - before_daemon) / RUNS * 1000
    return [
        median(f"nodels over {way}, wall", walls, "ms", aim=aim, reference="128 ms"),
        median(f"nodels over {way}, client CPU", cpus, "ms", reference="67 ms"),
        Measured(f"nodels over {way}, daemon CPU", round(spent, 2), "ms", RUNS, reference="165 ms"),
    ]


def cpu_of(daemon: Daemon) -> float:
    """Seconds of CPU that a daemon has used."""
    assert daemon.process is not None
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
