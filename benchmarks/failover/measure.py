"""The runs, and the rows that they give."""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.failover.booting import FIRST, SECOND, Booting, booting
from benchmarks.failover.place import ALL, ONE, Place, placed
from benchmarks.table import Measured, median, show
from tests.helpers.atterminal import Sitting, at_terminal
from tests.helpers.cluster import PATIENCE

NODES, RUNS = 1000, 5
POWER, CONSOLES, BOOT = 1.0, 5.0, 1.0
"""Seconds: the aims. The last one is for "at once"."""
TAKEN = 30.0
"""The same for what an automatic takeover must do first."""
DETECTS = 2.5
"""Seconds after a kill in which no console can have moved yet: the next of a pool waits for three."""


def main(options: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks failover")
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--only", default=",".join(PARTS))
    chosen = parser.parse_args(options)
    rows: list[Measured] = []
    for part in chosen.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            rows += PARTS[part](Path(folder), chosen.nodes, chosen.runs)
    show("failover", rows)
    return 0


def _power(folder: Path, nodes: int, runs: int) -> Iterator[Measured]:
    figures: dict[str, list[float]] = {}
    with placed(folder, nodes) as place:
        for _ in range(runs):
            for words in ((ONE, "stat"), (ALL, "stat"), (ONE, "boot")):
                figures.setdefault(" ".join(words), []).append(_after_kill(place, words))
    for command, seconds in figures.items():
        who, what = command.split()
        whose = "one node" if who == ONE else f"all {nodes:,} nodes"
        yield median(f"kill -9 to the end of the next rpower {what} of {whose}", seconds, "s", aim=POWER)


def _after_kill(place: Place, words: Sequence[str]) -> float:
    began = place.kill()
    while place.mn.run("rpower", *words).returncode:
        assert time.monotonic() < began + PATIENCE, f"no rpower {words} after a kill"
    took = time.monotonic() - began
    place.back()
    return took


def _consoles(folder: Path, nodes: int, runs: int) -> Iterator[Measured]:
    attached, everywhere = [], []
    with placed(folder, nodes) as place:
        place.have_consoles()
        for _ in range(runs):
            with at_terminal(place.mn, "rcons", ONE) as sitting:
                sitting.shell.see("[you type]")
                _echoes(sitting)
                began = place.kill()
                sitting.shell.see("[you type]")
                _echoes(sitting)
                attached.append(time.monotonic() - began)
                sitting.shell.type("\x05c.")
                sitting.end()
            time.sleep(max(0.0, began + DETECTS - time.monotonic()))
            everywhere.append(place.far.there(nodes) - began)
            place.back()
            place.consoles_are_back()
    yield median("kill -9 to the next key's echo at a console with a viewer", attached, "s", aim=CONSOLES)
    yield median(f"kill -9 to all {nodes:,} consoles open at the other one", everywhere, "s", aim=CONSOLES)


def _echoes(sitting: Sitting) -> None:
    sitting.shell.type("echo\r")
    sitting.shell.see("echo")


def _boot(folder: Path, nodes: int, runs: int) -> Iterator[Measured]:
    leases, files, still = [], [], []
    with booting(folder, nodes) as place:
        place.whole()
        for run in range(runs):
            node = 1 + run * (nodes // runs)
            place.sn1.stop(signal.SIGKILL)
            still.append(_timed(place, node))
            place.dies()
            began = time.monotonic()
            assert place.lease(node) != FIRST, "who answers is dead"
            leases.append(time.monotonic() - began)
            assert "#netboot" in place.file(node, SECOND)
            files.append(time.monotonic() - began)
            place.returns()
    yield median("kill -9 of the daemon alone: lease and boot file of a node", still, "s", aim=BOOT)
    yield median("death of the host: a lease from another one", leases, "s", aim=BOOT)
    yield median("the same, and the node's boot file from the other one of the pool", files, "s", aim=BOOT)


def _takeover(folder: Path, nodes: int, runs: int) -> Iterator[Measured]:
    """All nodes know the first service node by name, so the second one leads them there until they are moved."""
    taken = []
    with booting(folder, nodes) as place:
        place.bound()
        for run in range(runs):
            node = 1 + run * (nodes // runs)
            place.dies()
            began = time.monotonic()
            while place.lease(node) != SECOND or f"http://{SECOND}/" not in place.file(node, SECOND):
                assert time.monotonic() < began + PATIENCE, "nobody has taken the nodes over"
            taken.append(time.monotonic() - began)
            place.returns()
            place.home()
    yield median(
        f"death of the host: {nodes:,} nodes led to the other by DHCP and boot files, site.takeover=1",
        taken,
        "s",
        aim=TAKEN,
    )


def _timed(place: Booting, node: int) -> float:
    began = time.monotonic()
    place.lease(node)
    place.file(node, SECOND)
    return time.monotonic() - began


PARTS: Mapping[str, Callable[[Path, int, int], Iterator[Measured]]] = {
    "power": _power,
    "consoles": _consoles,
    "boot": _boot,
    "takeover": _takeover,
}
