"""`prsync`: brings files on nodes up to date by rsync from where it is typed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from xcat_client.programs.noderange import read_before
from xcat_client.programs.spread import spread
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = b"""\
Usage: prsync [-i <suffix>] [-f <fanout>] [-o <rsync options>] <file or folder>... <noderange>:<folder>
    Runs rsync -az on this host, with this account's keys, for each node; see xdcp -F for copies by way of service nodes.
    -i : names of nodes get this suffix: n1-ib0
    -f : nodes at once; XCATPSHFANOUT, else 64
    -o : more options of rsync, as letters (crz) or words (--delete)
"""
_LONG = ["interface=", "fanout=", "options=", "help", "version"]


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: how many nodes failed, never 0 when one has. Raises Trouble."""
    found = read_before(words, "i:f:o:hv", _LONG, USAGE, env)
    if isinstance(found, int):
        return found
    options, operands = found
    *files, destination = operands
    shell = () if env.get("RSYNC_RSH") else ("-e", "ssh -o BatchMode=yes")
    copy = ("rsync", *shell, *_options(options.get("o", "")), "--", *files)
    return spread("prsync", copy, destination, options, env)


def _options(text: str) -> list[str]:
    """Letters go behind -az, as with xCAT; words as they are. Raises Trouble."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Trouble(f"prsync: the quotes in -o do not close: {text!r}.") from error
    letters = words.pop(0) if words and not words[0].startswith("-") else ""
    return [f"-az{letters}", *words]
