"""An upgrade one daemon after the other: one minor version apart they work together, others are turned away with a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import PATIENCE, PYTHONPATH, Daemon, OnCluster, build, environment
from tests.helpers.releases import numbered
from xcatd import __version__

MAJOR, MINOR = map(int, __version__.split(".")[:2])
NEXT, TOO_NEW = f"{MAJOR}.{MINOR + 1}.0", f"{MAJOR}.{MINOR + 2}.0"


@dataclass(frozen=True)
class Mixed(OnCluster):
    """One service node. `folder` is for copies of the program."""

    folder: Path

    def becomes(self, daemon: Daemon, version: str) -> None:
        """Install a version on a host, "" for the one of this tree, and start it there, if it is not there already."""
        wanted = numbered(self.folder, version) if version else PYTHONPATH
        if wanted != daemon.pythonpath:
            daemon.stop()
            daemon.pythonpath = wanted
            daemon.start()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    folder = tmp_path_factory.mktemp("mixed")
    cluster = build(folder, ("sn1",))
    with ExitStack() as stack:
        stack.callback(cluster.stop)
        for daemon in cluster.all:
            daemon.start()
        cluster.linked()
        typed(cluster.management, "nodeadd n1 groups=all noderes.servicenode=sn1")
        yield Mixed(cluster, folder)


def works_together(mixed: Mixed) -> None:
    """A command goes down, tables go down, and a write goes up."""
    mixed.cluster.linked()
    until(lambda: "n1: [sn1]: Error" in mixed.mn.run("rpower", "n1", "stat").stderr, "rpower by sn1")
    typed(mixed.mn, "chtab node=n1 nodepos.rack=r1")
    until(lambda: typed(mixed.sn1, "nodels n1 nodepos.rack") == "n1: r1\n", "the rows on sn1")
    typed(mixed.sn1, "chtab node=n1 nodepos.rack=")
    assert typed(mixed.mn, "nodels n1 nodepos.rack") == "n1: \n"


def probed(daemon: Daemon) -> str:
    """What `xcatprobe hierarchy` says."""
    words = [sys.executable, "-m", "xcatd.probe", "--root", str(daemon.root), "hierarchy"]
    return subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=PATIENCE).stdout


def test_the_service_node_first_and_then_the_management_node(mixed: Mixed) -> None:
    mixed.becomes(mixed.mn, "")
    mixed.becomes(mixed.sn1, NEXT)
    works_together(mixed)
    assert f"link sn1: up, Version {NEXT}" in typed(mixed.mn, "lsdaemons")
    mixed.sn1.stop()
    mixed.sn1.start()
    mixed.cluster.linked()
    assert mixed.mn.log().count(f"sn1 runs Version {NEXT}") == 1
    assert mixed.sn1.log().count(f"mn1 runs Version {__version__}") == 2  # once a start
    mixed.becomes(mixed.mn, NEXT)
    works_together(mixed)


def test_the_management_node_first(mixed: Mixed) -> None:
    mixed.becomes(mixed.mn, NEXT)
    mixed.becomes(mixed.sn1, "")
    works_together(mixed)


def test_two_steps_are_refused_with_one_sentence_on_both_sides(mixed: Mixed) -> None:
    mixed.becomes(mixed.mn, "")
    mixed.becomes(mixed.sn1, TOO_NEW)
    sentence = (
        f"sn1 runs version {TOO_NEW} and mn1 {__version__}, which are more than one minor version apart: install the version of "
        "mn1 on sn1, or the other way round, one minor version after the other"
    )
    until(
        lambda: f"link sn1: down, {sentence}" in mixed.mn.run("lsdaemons").stdout, "the reason on the management node"
    )
    where = f"no link to {mixed.mn.address} port {mixed.mn.port}: "
    until(lambda: f"{where}{sentence}" in mixed.sn1.log(), "the reason on the service node")
    done = mixed.mn.run("rpower", "n1", "stat")
    assert (done.returncode, sentence in done.stderr) == (1, True)
    assert f"sn1 has no link to mn1 ({sentence})" in probed(mixed.mn)
    turned_away = [line for line in mixed.mn.log().splitlines() if "caller sn1 from" in line and sentence in line]
    assert len(turned_away) == 1, "it dials again and again"
    assert mixed.sn1.log().count(f"{where}{sentence}") == 1
    mixed.becomes(mixed.sn1, "")
    works_together(mixed)
