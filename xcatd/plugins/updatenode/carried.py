"""What goes to a node for a run of scripts: a command line, and behind it, where no list of processes shows it, the rest. Pure.

The node's side is the program runpostscripts. It comes along and is put into no file: the node needs nothing but Python.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.services.postscripts.quoting import export

_MARK = "# postscripts-start-here"
_START = (
    "import sys; text = sys.stdin.buffer.read({size}); "
    "len(text) == {size} or sys.exit('runpostscripts: it did not come whole: try again'); "
    "exec(compile(text, 'runpostscripts', 'exec'))"
)
_MISSING = "runpostscripts: python3 is not installed: install the package python3"


@dataclass(frozen=True, slots=True)
class Round:
    """One run of scripts on a node. `scripts`: command lines, every word quoted. `variables` are given to them. `ended`: what is
    said when all has gone well."""

    scripts: Sequence[str]
    ended: str
    variables: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """The node's server as the node knows it, and its folder of files. `port`: of HTTP."""

    address: str
    port: str
    installdir: str

    @property
    def place(self) -> str:
        """As runpostscripts -m takes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def command_line(runner: bytes, node: str, server: Server, *, sudo: bool) -> str:
    """What the node's login shell gets."""
    start = _START.format(size=len(runner))
    words = ("-m", server.place, "-n", node, "--installdir", server.installdir, "--given")
    python = shlex.join((*(("sudo", "-n", "--") if sudo else ()), "python3", "-I", "-c", start, *words))
    text = f"command -v python3 >/dev/null || {{ echo {shlex.quote(_MISSING)} >&2; exit 127; }}; exec {python}"
    return f"exec /bin/sh -c {shlex.quote(text)}"


def content(runner: bytes, mypostscript: str, one: Round) -> bytes:
    """What the command line reads: the program, then what is to be run."""
    text = with_variables(mypostscript, one.variables)
    return runner + json.dumps({"mypostscript": text, "scripts": list(one.scripts)}).encode()


def with_variables(mypostscript: str, variables: Sequence[tuple[str, str]]) -> str:
    """A node's text with more variables for its scripts; a shell makes nothing of their values."""
    if not variables:
        return mypostscript
    before, mark, behind = mypostscript.partition(_MARK)
    lines = "".join(f"{export(name, text)}\n" for name, text in variables)
    return f"{before}{lines}{mark}{behind}"
