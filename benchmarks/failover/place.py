"""A cluster with a pool of two service nodes for all nodes, their BMCs and the far sides of their consoles."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.consoles.farside import PER_NET
from benchmarks.consoles.place import FarSide, far_side
from benchmarks.hardware.place import crowded
from tests.helpers.alone import typed, until
from tests.helpers.cluster import OnCluster

ALL, ONE = "left,right", "b00001"
"""All nodes, and one of them."""


@dataclass(frozen=True)
class Place(OnCluster):
    """All nodes are of sn1, and of sn2 after it. `far`: the far sides of their consoles."""

    far: FarSide
    nodes: int

    def kill(self) -> float:
        """kill -9 of sn1; gives when that was, on the monotonic clock."""
        began = time.monotonic()
        self.sn1.stop(signal.SIGKILL)
        return began

    def back(self) -> None:
        """sn1 is there again, and serves."""
        self.sn1.start()
        self.cluster.linked("sn1")
        until(lambda: f"{ONE}: [sn1]: " in self.mn.run("rpower", ONE, "stat", XCATSHOWSVR="1").stdout, "sn1")

    def have_consoles(self) -> None:
        """Say how the consoles are reached, and wait until all are open."""
        server = f"|b(\\d+)|127.5.(($1-1)/{PER_NET}).(($1-1)%{PER_NET}+1)|"
        for group in ALL.split(","):
            typed(self.mn, f"chdef -t group {group} cons=telnet termport={self.far.port} termserver='{server}'")
        self.consoles_are_back()

    def consoles_are_back(self) -> None:
        """Wait until all are open where they belong."""
        until(lambda: self._open() == self.nodes, "the consoles")

    def _open(self) -> int:
        done = self.mn.run("lscons", ALL, XCATSHOWSVR="1")
        return sum(": [sn1]: up since " in line for line in done.stdout.splitlines())


@contextmanager
def placed(folder: Path, nodes: int) -> Iterator[Place]:
    """It runs."""
    with crowded(folder, nodes, below=True) as crowd, far_side() as far:
        typed(crowd.mn, "chtab node=right noderes.servicenode=sn1,sn2")
        yield Place(crowd.cluster, far, nodes)
