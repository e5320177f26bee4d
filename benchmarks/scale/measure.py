"""Fills clusters, starts a real daemon on each, and measures the cases on it."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from benchmarks.clock import started
from benchmarks.scale.cases import Case, Scene, Words, cases
from benchmarks.scale.filled import SHAPES, fill
from benchmarks.scale.profile import profiled
from benchmarks.scale.reference import aim, reference
from benchmarks.scale.timing import Failed, Timing, timed
from benchmarks.start import memory
from benchmarks.table import Measured, median, show
from tests.helpers.cluster import Daemon, environment, free_port, made
from xcat_client.install import install

SIZES = (1_000, 10_000, 100_000)
RUNS = {1_000: 9, 10_000: 5, 100_000: 3}
MEMORY_AIM = {100_000: 400.0}
"""MiB of a daemon with so many nodes."""
RATIO = 1.3
"""Cost per node at the largest size, against that at the smallest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A cluster of one size and shape, and what was measured on it."""

    nodes: int
    shape: str
    rows: list[Measured] = field(default_factory=list)
    costs: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Wall and CPU seconds of the cases whose work grows with the number of nodes."""

    @property
    def name(self) -> str:
        return f"scale-{self.nodes}-{self.shape}"


def main(argv: Sequence[str]) -> int:
    """`python -m benchmarks scale` with these options."""
    options = _parser().parse_args(argv)
    if options.profile:
        profiled(options.profile, (options.nodes or SIZES[1:2])[0], (options.shape or SHAPES)[0], options.stdin)
        return 0
    failed: list[Failed] = []
    for name, rows in _measured(options.nodes or SIZES, options.shape or SHAPES, options.only, failed):
        show(name, rows, keep=not options.only)
    for failure in failed:
        print(failure, file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale", allow_abbrev=False)
    parser.add_argument(
        "--nodes", type=int, action="append", help="a size (again for more; default: 1000, 10000, 100000)"
    )
    parser.add_argument("--shape", choices=SHAPES, action="append", help="a row per node, or per group (default: both)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name contains this")
    parser.add_argument(
        "--profile", metavar="COMMAND", help="run this command line in this process and show its profile"
    )
    parser.add_argument("--stdin", metavar="FILE", type=Path, help="with --profile: the command's standard input")
    return parser


def _measured(
    sizes: Sequence[int], shapes: Sequence[str], only: str, failed: list[Failed]
) -> Iterator[tuple[str, list[Measured]]]:
    for shape in shapes:
        parts = []
        for nodes in sizes:
            part = Part(nodes, shape)
            _measure_part(part, [case for case in cases() if only in case.what and nodes >= case.least_nodes], failed)
            parts.append(part)
            yield part.name, part.rows
        if len(parts) > 1 and (rows := list(_growth(parts[0], parts[-1]))):
            yield f"scale-growth-{shape}", rows


def _measure_part(part: Part, wanted: Iterable[Case], failed: list[Failed]) -> None:
    with tempfile.TemporaryDirectory() as name, filled(Path(name), part.nodes, part.shape) as daemon:
        folder, env = Path(name), environment(XCAT_ROOT=str(daemon.root))
        part.rows.append(Measured("start to first answer", round(started(daemon), 3), "s", 1))
        scene = Scene(part.nodes, folder, lambda words: timed(program(folder, words), env, whole=True).output)
        for is_inventory, group in groupby(wanted, lambda case: case.what.startswith("xcat-inventory")):
            for case in group:
                try:
                    _measure_case(part, case, scene, daemon)
                except Failed as failure:  # the others can be measured all the same
                    failed.append(failure)
            when = "after the inventories" if is_inventory else "after these commands"
            limit = None if is_inventory else MEMORY_AIM.get(part.nodes)
            part.rows.append(Measured(f"memory of the daemon {when} (PSS)", memory(daemon), "MiB", 1, aim=limit))


@contextmanager
def filled(folder: Path, nodes: int, shape: str) -> Iterator[Daemon]:
    """A management node with a generated cluster, not started yet; stopped at the end."""
    daemon = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", free_port()))
    fill(daemon.root / "etc/xcat/xcat.sqlite", nodes, shape)
    try:
        yield daemon
    finally:
        daemon.stop()


def program(folder: Path, words: Words) -> list[str]:
    """The words that run a command as an installed program; it is installed below `folder` when it is not yet."""
    name, *arguments = words
    if not (folder / "bin" / name).exists():
        install(folder / "bin", [name], python=sys.executable)
    return [str(folder / "bin" / name), *arguments]


def _measure_case(part: Part, case: Case, scene: Scene, daemon: Daemon) -> None:
    env = environment(XCAT_ROOT=str(daemon.root))
    timings, spent = [], 0.0
    runs = min(RUNS.get(part.nodes, 3), case.most)
    for number in range(runs):
        scene.run = number
        case.before(scene)
        words, stdin = program(scene.folder, case.words(scene)), case.stdin(scene) if case.stdin else None
        before = cpu_exactly(daemon)
        timings.append(timed(words, env, stdin))
        spent += cpu_exactly(daemon) - before
        case.after(scene)
        if timings[-1].lines < case.lines(scene):
            raise Failed(f"{part.name}, {case.what}: only {timings[-1].lines} lines came")
    part.rows.extend(_rows(part, case, timings, spent / runs))
    if case.by_node:
        part.costs[case.what] = statistics.median(each.wall for each in timings), spent / runs


def cpu_exactly(daemon: Daemon) -> float:
    """Seconds of CPU that the daemon's threads have used, exactly: the scheduler counts nanoseconds."""
    assert daemon.process is not None
    threads = Path(f"/proc/{daemon.process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _rows(part: Part, case: Case, timings: Sequence[Timing], cpu: float) -> Iterator[Measured]:
    yield _row(part, case.what, [each.wall for each in timings])
    if case.what == "lsdef -l of all":
        yield _row(part, f"{case.what}, first line", [each.first for each in timings])
    yield Measured(f"{case.what}, daemon CPU", round(cpu, 4), "s", len(timings))


def _row(part: Part, what: str, seconds: Sequence[float]) -> Measured:
    """A row with what is aimed at and what the reference did at this size."""
    old = reference(what, part.nodes, part.shape)
    return median(
        what, seconds, "s", aim=aim(what, part.nodes, part.shape), reference="" if old is None else f"{old:g} s"
    )


def _growth(small: Part, large: Part) -> Iterator[Measured]:
    """What a node costs on the large cluster, as a multiple of what it costs on the small one."""
    times = large.nodes / small.nodes
    for what in small.costs:
        if what in large.costs:
            (wall, cpu), (more_wall, more_cpu) = small.costs[what], large.costs[what]
            title = f"{what}: cost per node at {large.nodes:,} against {small.nodes:,}"
            yield Measured(f"{title}, wall", round(more_wall / wall / times, 2), "times", 1, aim=RATIO)
            if cpu > 0:
                yield Measured(f"{title}, daemon CPU", round(more_cpu / cpu / times, 2), "times", 1, aim=RATIO)
