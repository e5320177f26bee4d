"""`xcoll`: put the nodes together that said the same."""

from __future__ import annotations

import os
import re

from xcat_client.programs.collated import by_node, by_text
from xcat_client.programs.streams import lines, show
from xcat_client.programs.switches import letters
from xcat_client.trouble import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USAGE = b"""\
Usage: xcoll [-n] [-c] [-i]
    Reads lines like "node: text" and shows each text once, under the nodes that said it.
    -n : show the names of the nodes; without it, groups and ranges
    -c : show how many nodes they are
    -i : show each node by itself
"""
_RULE = b"=" * 36 + b"\n"
_NUMBER = re.compile(rb"\s*[-+]?\d+(?:\.\d*)?")


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status. Raises Trouble."""
    given = letters(words, "nchi", 1)
    if "h" in given:
        show(USAGE)
        return 0
    texts = by_node(map(_split, lines()))
    if "i" in given:
        for node in sorted(texts, key=_order):
            show(_RULE + node + b"\n" + _RULE + texts[node] + b"\n")
        return 0
    _show_groups(texts, given, env)
    return 0


def _split(line: bytes) -> tuple[bytes, bytes]:
    """The node of a line and what it says, without the blank between them."""
    node, colon, text = line.partition(b":")
    return (node, text.removeprefix(b" ")) if colon else (b"UNKNOWN", line.removeprefix(b" "))


def _order(name: bytes) -> tuple[float, bytes]:
    """Names that begin with a number by that number, then all by their letters."""
    number = _NUMBER.match(name)
    return (float(number[0]) if number else 0.0, name)


def _show_groups(texts: Mapping[bytes, bytes], given: set[str], env: Mapping[str, str]) -> None:
    namer = None if "n" in given else _Namer(env)
    found: list[tuple[bytes, int, bytes]] = []
    for text, nodes in by_text(texts).items():
        name = b",".join(sorted(nodes)) if namer is None else namer.name(sorted(nodes))
        found.append((name, len(nodes), text))
    for name, count, text in sorted(found, key=lambda each: _order(each[0])):
        counted = b"Node count = %d \n" % count + _RULE if "c" in given else b""
        show(_RULE + name + b"\n" + _RULE + counted + text + b"\n")


class _Namer:
    """Asks the daemon for the short name of many nodes. If it cannot be asked that is said once, and the names stay."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._silent = False

    def name(self, nodes: Iterable[bytes]) -> bytes:
        names = b",".join(nodes)
        if self._silent:
            return names
        from xcat_client.programs.question import question

        try:
            answer = question(["rnoderange", names.decode(errors="surrogateescape")], self._env)
        except Trouble as trouble:
            self._silent = True
            os.write(2, f"Warning: groups are not shown: {trouble}\n".encode(errors="surrogateescape"))
            return names
        return names if answer.status else answer.output.strip() or names
