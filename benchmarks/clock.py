"""A clock beside what is typed at a daemon, and beside its start."""

from __future__ import annotations

import time

from tests.helpers.cluster import Daemon

LOOKS = 0.005
"""Seconds between two questions whether a daemon has started."""


def timed(daemon: Daemon, *words: str) -> float:
    """Seconds of the whole client process of a command, which must succeed and complain of nothing."""
    began = time.perf_counter()
    done = daemon.run(*words)
    spent = time.perf_counter() - began
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return spent


def started(daemon: Daemon, *words: str) -> float:
    """Start a daemon that does not run; gives the seconds until a command succeeds, by default any that it answers."""
    began = time.perf_counter()
    daemon.start(wait=False)
    while daemon.run(*(words or ("lsxcatd", "-v"))).returncode:
        time.sleep(LOOKS)
    return time.perf_counter() - began
