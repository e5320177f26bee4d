"""`pscp`: copies files to nodes by scp from where it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcat_client.programs import asked
from xcat_client.programs.spread import spread
from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = b"""\
Usage: pscp [-i <suffix>] [-f <fanout>] [scp options] <file>... <noderange>:<folder>
    Runs scp on this host, with this account's keys, for each node; see xdcp for copies by way of service nodes.
    -i : names of nodes get this suffix: n1-ib0
    -f : nodes at once; XCATPSHFANOUT, else 64
    scp options, as -r for folders, stand behind these
"""
_VALUED = {"-i": "i", "--interface": "i", "-f": "f", "--fanout": "f"}
_ALONE = {"-h": "h", "--help": "h", "-v": "v", "--version": "v"}


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: how many nodes failed, never 0 when one has. Raises Trouble."""
    given, rest = _own(words[1:])
    if "v" in given:
        return asked.shown(["nodels", "--version"], env)
    if "h" in given or len(rest) < 2:
        show(USAGE)
        return 0 if "h" in given else 1
    *files, destination = rest
    return spread("pscp", ("scp", "-o", "BatchMode=yes", *files), destination, given, env)


def _own(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Our options, by letter, and what stands behind them, the first of which is scp's. Raises Trouble."""
    given: dict[str, str] = {}
    rest = list(words)
    while rest and (letter := _VALUED.get(_flag(rest[0])) or _ALONE.get(rest[0])):
        word = rest.pop(0)
        if word in _ALONE:
            given[letter] = ""
            continue
        given[letter] = word.partition("=")[2] if word.startswith("--") else word[2:]
        if not given[letter]:
            if not rest:
                raise Trouble(f"pscp: option {word} requires argument; see pscp -h")
            given[letter] = rest.pop(0)
    return given, rest


def _flag(word: str) -> str:
    """An option without its value."""
    return word.partition("=")[0] if word.startswith("--") else word[:2]
