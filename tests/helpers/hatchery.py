"""Real daemons that are there at once: a parent that has loaded the program makes a copy of itself for each start.

`python -m tests.helpers.hatchery ROOT` reads `start` and `kill` from its standard input and answers each with a line, the
process id. What runs is xcatd's own main function; only the time to load it is saved. It does not measure coverage: a
process that is killed has nothing to tell.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.helpers.cluster import PATIENCE, SOURCE, Daemon, environment, unmeasured
from tests.helpers.frameclient import FrameClient


class Hatchery:
    """The parent, seen from a test; one daemon at a time, on one root that is set up."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._said = (root / "stderr").open("ab")
        with unmeasured():
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.helpers.hatchery", str(root)],
                cwd=SOURCE,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate(timeout=PATIENCE)
        self._said.close()

    def start(self) -> int:
        """Start the daemon and give its process id; it may not answer yet."""
        return self._ask("start")

    def wait(self) -> None:
        """Wait until the daemon answers at its socket."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                FrameClient(Daemon(self.root, "")).socket.close()
                return
            time.sleep(0.002)
        raise AssertionError(f"nobody listens: {(self.root / 'stderr').read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._ask("kill")

    def _ask(self, word: str) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{word}\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, f"the hatchery ended: {(self.root / 'stderr').read_text()[-2000:]}"
        return int(answer)


def main(root: str) -> None:
    """Do as told until there is nobody to tell; a daemon that is left is killed."""
    _load()
    child = 0
    for line in sys.stdin:
        if line == "start\n":
            child = _hatch(root)
        else:
            _end(child)
            child, gone = 0, child
        print(child or gone, flush=True)
    if child:
        _end(child)


def _load() -> None:
    """Import what a daemon imports, now or when it first needs it."""
    for name in ("xcatd.daemon.main", "xcatd.daemon.serve", "xcatd.store.engine", "aiosqlite"):
        importlib.import_module(name)
    import xcatd.plugins

    for module in pkgutil.walk_packages(xcatd.plugins.__path__, "xcatd.plugins."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # the copies need not look at what is loaded


def _hatch(root: str) -> int:
    child = os.fork()
    if child:
        return child
    from xcatd.daemon.main import main as daemon

    status = 1
    try:
        status = daemon(["--root", root])
    finally:
        os._exit(status)


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1])
