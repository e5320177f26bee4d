"""What 100,000 nodes cost with each engine: starts, one change, foreign changes, and loading all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.clock import started
from benchmarks.databases.foreign import foreign
from benchmarks.databases.places import ENGINES, Place, emptied
from benchmarks.databases.side import Line, each
from benchmarks.scale.measure import cpu_exactly, program
from benchmarks.scale.timing import timed
from benchmarks.start import memory
from tests.helpers.cluster import Daemon, environment

_ADD = "groups=all,compute nodehm.mgt=ipmi nodetype.arch=x86_64 ipmi.bmc=10.99.0.1"


def large(places: Sequence[Place], nodes: int, runs: int, folder: Path) -> list[Line]:
    """Nothing but the servers runs at the beginning."""
    lines = [
        each(Line("start of the management node to first answer"), places, runs, lambda p: _started(p.daemon, nodes))
    ]
    lines += [_service_nodes(places, nodes, runs)]
    wall, cpu = Line("chdef of one node"), Line("chdef of one node, daemon CPU", "ms")
    each(wall, places, 5 * runs, lambda place: _chdef(place, nodes, folder, cpu))
    lines += [wall, cpu, *foreign(places, nodes)]
    lines += _bulk(places, nodes, runs, folder)
    lines += [each(Line("memory of the daemon after all that (PSS)", "MiB"), places, 1, lambda p: memory(p.daemon))]
    return lines


def _started(daemon: Daemon, nodes: int) -> float:
    """Seconds from the start of a daemon until it knows a node."""
    daemon.stop()
    return started(daemon, "nodels", f"n{nodes // 2}")


def _service_nodes(places: Sequence[Place], nodes: int, runs: int) -> Line:
    """With SQLite tables come over the link, or at first from the copy on disk; else the service node opens the database. The
    start before the first one makes the copy."""
    for place in places:
        service = place.cluster.services[0]
        service.start()
        place.cluster.linked()
        time.sleep(5)  # the copy is written when nobody has changed anything for a moment
    line = Line("start of a service node to first answer", aims=dict.fromkeys(ENGINES, 1.0))
    each(line, places, runs, lambda place: _started(place.cluster.services[0], nodes))
    for place in places:
        place.cluster.services[0].stop()
    return line


def _chdef(place: Place, nodes: int, folder: Path, cpu: Line) -> float:
    before = cpu_exactly(place.daemon)
    words = ["chdef", "-t", "node", "-o", f"n{nodes // 2}", f"usercomment=at{time.monotonic_ns()}"]
    wall = _typed(place, folder, *words)
    cpu.add(place.engine, (cpu_exactly(place.daemon) - before) * 1000)
    return wall


def _bulk(places: Sequence[Place], nodes: int, runs: int, folder: Path) -> list[Line]:
    """All tables go out, all nodes are removed, and come back in three ways."""
    tables = {place.engine: emptied(folder / f"tables-{place.engine}") for place in places}

    def emptying(*words: Callable[[Place], Sequence[str]]) -> Callable[[Place], float]:
        def work(place: Place) -> float:
            _typed(place, folder, "noderm", "all")
            return sum(_typed(place, folder, *each(place)) for each in words)

        return work

    many = f"of {nodes:,} nodes"
    dump = each(Line(f"dumpxCATdb {many}"), places, runs, lambda place: _dump(place, folder, tables[place.engine]))
    restore = Line(f"restorexCATdb {many} into an empty nodelist")
    each(restore, places, runs, emptying(lambda place: ("restorexCATdb", "-p", str(tables[place.engine]))))
    tab = Line(f"tabrestore nodelist {many} into none")
    each(tab, places, runs, emptying(lambda place: ("tabrestore", str(tables[place.engine] / "nodelist.csv"))))
    add = Line(f"nodeadd {many}")
    each(add, places, runs, emptying(lambda _: ("nodeadd", f"n1-n{nodes}", *_ADD.split())))
    remove = Line(f"noderm {many}")
    each(remove, places, 1, lambda place: _typed(place, folder, "noderm", "all"))
    return [dump, restore, tab, add, remove]


def _dump(place: Place, folder: Path, target: Path) -> float:
    emptied(target)
    return _typed(place, folder, "dumpxCATdb", "-p", str(target))


def _typed(place: Place, folder: Path, *words: str) -> float:
    """Seconds that a user waits for a command. Raises Failed."""
    return timed(program(folder, words), environment(XCAT_ROOT=str(place.daemon.root))).wall
