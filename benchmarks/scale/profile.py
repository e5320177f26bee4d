"""Where the time of one command goes: the daemon's hall and store in this process, under cProfile."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import shlex
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scale.filled import fill
from tests.helpers.run import desk
from xcatd.store import open_store

LINES = 45
"""Functions that are shown."""


def profiled(line: str, nodes: int, shape: str, stdin: Path | None = None) -> None:
    """Run a command line on a generated cluster: twice without the profiler, to warm up and to time it, then with it."""
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(_profiled(Path(name), line, (nodes, shape), stdin.read_text() if stdin else None))


async def _profiled(folder: Path, line: str, cluster: tuple[int, str], stdin: str | None) -> None:
    database = folder / "generated.sqlite"
    await (await open_store(database)).close()
    fill(database, *cluster)
    async with desk(folder, database=database) as typed:
        for number in range(2):
            began = time.perf_counter()
            seen = await typed.type(line, stdin=stdin)
            took = time.perf_counter() - began
            print(f"run {number + 1}: {took:.3f} s, status {seen.status}, {seen.stdout.count(chr(10))} lines")
            if seen.stderr:
                print(seen.stderr[:1000], file=sys.stderr)
        profile = cProfile.Profile()
        with profile:
            await typed.type(line, stdin=stdin)
    print(f"{shlex.join(shlex.split(line))} at {cluster[0]:,} nodes, a row per {cluster[1]}")
    pstats.Stats(profile).sort_stats("tottime").print_stats(LINES)
