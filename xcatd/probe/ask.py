"""Asking the daemon of this host, as somebody would who types a command."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import xcat_client

PATIENCE = 15.0
"""Seconds after which a daemon that does not answer is given up."""
GAVE_UP = 124
"""The exit status then, as of timeout(1)."""

_CLIENT = f"""\
import os, sys
sys.path.append({str(Path(xcat_client.__file__).parent.parent)!r})
from xcat_client.interrupts import Interrupts
from xcat_client.main import ask
from xcat_client.trouble import Trouble
try:
    status = ask(sys.argv[1:], os.environ, Interrupts())
except Trouble as trouble:
    print("Error:", trouble, file=sys.stderr, flush=True)
    status = trouble.status
os._exit(status)
"""
"""The daemon is asked, also under a name that is a program of the client's own (dumpxCATdb)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client printed, and its exit status."""

    stdout: str
    stderr: str
    status: int

    @property
    def reason(self) -> str:
        """The first line of what went wrong."""
        line = (self.stderr.strip() or self.stdout.strip() or f"it ended with status {self.status}").splitlines()[0]
        return line.removeprefix("Error: ")


def ask(root: Path, *words: str, seconds: float = PATIENCE) -> Answer:
    """Type a command on the host whose files are below `root`, at its Unix socket and as who runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XCAT")}
    environment = {**kept, "XCAT_ROOT": str(root)}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-Xutf8", "-c", _CLIENT, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer("", f"It did not answer within {seconds:.0f} s", GAVE_UP)
    return Answer(done.stdout, done.stderr, done.returncode)
