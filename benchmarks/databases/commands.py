"""The table and object commands of the benchmark `scale`, at each engine's daemon in turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.databases.places import Place
from benchmarks.databases.side import Line, in_turn
from benchmarks.scale.cases import Case, Scene, cases
from benchmarks.scale.measure import cpu_exactly, program
from benchmarks.scale.reference import aim
from benchmarks.scale.timing import Failed, timed
from tests.helpers.cluster import environment


def commands(
    places: Sequence[Place], nodes: int, runs: int, only: str, folder: Path, failed: list[Failed]
) -> list[Line]:
    """Wall seconds of each command, and seconds of CPU of the daemon."""
    scenes = {place.engine: _scene(place, nodes, folder / place.engine) for place in places}
    lines = []
    for case in cases():
        if only in case.what and nodes >= case.least_nodes:
            try:
                lines += _measured(case, places, scenes, min(runs, case.most))
            except Failed as failure:  # the others can be measured all the same
                failed.append(failure)
    return lines


def _scene(place: Place, nodes: int, folder: Path) -> Scene:
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(XCAT_ROOT=str(place.daemon.root))
    return Scene(nodes, folder, lambda words: timed(program(folder, words), env, whole=True).output)


def _measured(case: Case, places: Sequence[Place], scenes: dict[str, Scene], runs: int) -> list[Line]:
    limit = aim(case.what, next(iter(scenes.values())).nodes, "node")
    aims = {} if limit is None else {place.engine: limit for place in places}
    wall, cpu = Line(case.what, aims=aims), Line(f"{case.what}, daemon CPU")
    for run, place in in_turn(places, runs):
        scene = scenes[place.engine]
        scene.run = run
        case.before(scene)
        words, stdin = program(scene.folder, case.words(scene)), case.stdin(scene) if case.stdin else None
        before = cpu_exactly(place.daemon)
        timing = timed(words, environment(XCAT_ROOT=str(place.daemon.root)), stdin)
        cpu.add(place.engine, cpu_exactly(place.daemon) - before)
        wall.add(place.engine, timing.wall)
        case.after(scene)
        if timing.lines < case.lines(scene):
            raise Failed(f"{place.engine}, {case.what}: only {timing.lines} lines came")
    return [wall, cpu]
