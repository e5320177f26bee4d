"""Commands that go on for long: somebody looks at what they say meanwhile."""

from __future__ import annotations

import subprocess
import sys

from tests.helpers.cluster import CLIENT, Daemon, environment

LONG = 600
"""Seconds for building a whole image on a machine that does other things too."""


def started(daemon: Daemon, *words: str) -> subprocess.Popen[str]:
    """Type a command on the daemon's host; its output and its errors are one stream."""
    where = {"XCAT_ROOT": str(daemon.root), "XCAT_CREDENTIALS": str(daemon.credentials)}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CLIENT, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**where),
    )


def done(daemon: Daemon, *words: str) -> str:
    """The same to its end, which must be a good one; gives all that it said."""
    with started(daemon, *words) as process:
        said, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, said
    return said
