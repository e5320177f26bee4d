"""A daemon whose consoles are serial ports of BMCs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.consoles.farside import PER_NET
from benchmarks.consoles.place import Orders, process
from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon, free_port, made


@dataclass(frozen=True, slots=True)
class SolPlace:
    mn: Daemon
    bmcs: Orders
    consoles: int

    def have_consoles(self) -> None:
        typed(self.mn, "chdef -t group con cons=ipmi")

    def up(self) -> float:
        """Wait until all serial ports are in use; gives when that was, on the monotonic clock."""
        self.bmcs.order(f"there {self.consoles}")
        return self.bmcs.answer()


@contextmanager
def sol_consoles(folder: Path, consoles: int) -> Iterator[SolPlace]:
    """A management node that runs, whose nodes have no consoles yet, and their BMCs."""
    mn = made(Daemon(folder / "mn1", "mn1", "127.0.0.1", free_port()))
    with process([sys.executable, "-m", "benchmarks.consoles.solside", "--count", str(consoles)]) as bmcs:
        mn.start()
        try:
            typed(
                mn,
                "chtab key=ipmi passwd.username=admin passwd.password=secret",
                f"nodeadd c[00000-{consoles - 1:05}] groups=con nodehm.mgt=ipmi",
                f"chtab node=con 'ipmi.bmc=|c(\\d+)|127.6.($1/{PER_NET}).($1%{PER_NET}+1)|'",
            )
            yield SolPlace(mn, bmcs, consoles)
        finally:
            mn.stop()
