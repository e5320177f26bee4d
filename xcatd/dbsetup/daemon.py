"""The daemon of this host: whether it runs, and having it take the database that cfgloc names now."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from xcatd.daemon.handover import Lock
from xcatd.daemon.paths import Paths
from xcatd.probe.ask import ask
from xcatd.store.location import Location

_BREAK = 0.2
"""Seconds between two looks."""


def running(paths: Paths) -> int:
    """The process of the daemon, 0 when none runs."""
    if not paths.lock.exists():
        return 0
    lock = Lock(paths.lock)
    if lock.take():
        lock.free()
        return 0
    holder = lock.holder()
    return int(holder) if holder.isdecimal() else 0


def renew(paths: Paths, process: int, location: Location, seconds: float) -> bool:
    """Have a successor take over from the daemon; gives whether, within this time, one answers that works with the database.

    One that cannot start leaves the old daemon serving.
    """
    deadline = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGHUP)
    while time.monotonic() < deadline:
        if running(paths) not in (0, process) and works_with(paths, location):
            return True
        time.sleep(_BREAK)
    return False


def renew_late(paths: Paths, process: int) -> None:
    """Once cfgloc is what it was: a daemon that took over from this process after all must use that too."""
    if (late := running(paths)) not in (0, process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(late, signal.SIGHUP)


def works_with(paths: Paths, location: Location) -> bool:
    """Whether the daemon answers, and works with a database of this kind."""
    answer = ask(paths.root, "lsxcatd", "-d")
    return answer.status == 0 and f"dbengine={location.engine}" in answer.stdout.splitlines()
