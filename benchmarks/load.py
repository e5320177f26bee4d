"""Requests per second with fresh connections, and how long each waits."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.client import cpu_of
from benchmarks.table import Measured
from tests.helpers.cluster import SOURCE, Daemon, environment, running

SECONDS = 5
RUNS = 3


def measure() -> list[Measured]:
    rows = []
    with tempfile.TemporaryDirectory() as name, running(Path(name), services=()) as cluster:
        cluster.management.run("nodeadd", "n[01-10]", "groups=all")
        for how, aim in (("tls", 500.0), ("unix", 3000.0)):
            for callers in (1, 8, 32):
                rows += _one(cluster.management, how, callers, aim)
    return rows


def _one(daemon: Daemon, how: str, callers: int, aim: float) -> list[Measured]:
    before = cpu_of(daemon)
    results = sorted((_load(daemon, how, callers) for _ in range(RUNS)), key=lambda each: each["per_second"])
    spent = (cpu_of(daemon) - before) / max(sum(each["requests"] for each in results), 1) * 1000
    middle = results[RUNS // 2]
    if errors := sum(each["errors"] for each in results):
        raise SystemExit(f"{errors} requests over {how} failed")
    name = "mutual TLS, fresh connections" if how == "tls" else "Unix socket"
    rate = Measured(
        f"{name}, {callers} callers",
        middle["per_second"],
        "requests/s",
        RUNS,
        aim=aim if callers == 8 else None,
        most=False,
        reference="12 requests/s",
    )
    slowest = Measured(
        f"{name}, {callers} callers, p99",
        middle["p99_ms"],
        "ms",
        RUNS,
        aim=150.0 if callers == 32 else None,
        reference="3300-4100 ms" if callers == 32 else "",
    )
    return [rate, slowest, Measured(f"{name}, {callers} callers, daemon CPU", round(spent, 3), "ms/request", RUNS)]


def _load(daemon: Daemon, how: str, callers: int) -> dict[str, Any]:
    words = [sys.executable, "-m", "benchmarks.generator", str(daemon.root), daemon.address, str(daemon.port), how]
    done = subprocess.run(
        [*words, str(callers), str(SECONDS), "nodels", "n05"],
        capture_output=True,
        text=True,
        check=True,
        cwd=SOURCE,
        env=environment(),
    )
    return dict(json.loads(done.stdout))
