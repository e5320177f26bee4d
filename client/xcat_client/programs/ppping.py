"""`ppping`: nodes ping one another: each of them all of them, by way of xdsh."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from xcat_client.programs.noderange import read_words, with_suffix
from xcat_client.programs.question import question
from xcat_client.programs.streams import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = b"""\
Usage: ppping [-i <suffix>[,<suffix>...]] [-q] <noderange>
    Each node pings all of them; nodes that fail to reach one say so.
    -i : they ping the names with these suffixes: n1-ib0
    -q : show only pings that failed
"""
_FLAGS = {"i": "interface=", "q": "quiet", "h": "help", "v": "version"}
_LOOP = "for n in {}; do (ping -c 1 -W 3 $n >/dev/null 2>&1 || echo $n) & done; wait"


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: 0 when all reached all, 1 when not. Raises Trouble."""
    read = read_words(words, _FLAGS, USAGE, env)
    if isinstance(read, int):
        return read
    given, nodes = read
    failed = False
    for interface in given.get("i", "").split(","):
        failed = not _ping(nodes, interface, env, quiet="q" in given) or failed
    return int(failed)


def _ping(nodes: list[str], interface: str, env: Mapping[str, str], *, quiet: bool) -> bool:
    """Whether all reached all."""
    import os

    targets = " ".join(map(shlex.quote, with_suffix(nodes, interface)))
    answer = question(["xdsh", ",".join(nodes), "-z", _LOOP.format(targets)], env)
    os.write(2, answer.errors)
    missed: dict[str, list[str]] = {}
    for line in answer.output.decode(errors="surrogateescape").splitlines():
        node, _, text = line.partition(": ")
        missed.setdefault(node, []).extend(() if text.startswith("Remote_command_rc") else (text,))
    on = f" on interface {interface}" if interface else ""
    lines = [f"{node}: {target}: noping\n" for node in nodes for target in missed.get(node, ())]
    lines += [f"{node}: pinged all nodes successfully{on}\n" for node in nodes if not quiet and missed.get(node) == []]
    show("".join(lines).encode(errors="surrogateescape"))
    return answer.status == 0 and not any(missed.values())
