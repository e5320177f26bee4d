"""What `pscp` and `prsync` have in common: files that go to a folder on each of many nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcat_client.programs.fanned import Fan, count_failed, say, width_of
from xcat_client.programs.noderange import nodes_of, with_suffix
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def spread(name: str, copy: Sequence[str], destination: str, options: Mapping[str, str], env: Mapping[str, str]) -> int:
    """Run the program `copy` for each node of `destination`, noderange:folder, with node:folder as its last word. `options`: i, the
    interfaces, and f, how many at once. The exit status: how many nodes failed, never 0 when one has. Raises Trouble."""
    noderange, folder = _parted(destination, name)
    width = width_of(options.get("f"), env, name)
    nodes = nodes_of(noderange, env)
    if not nodes:
        return 1
    fan = Fan(lambda node: (*copy, f"{node}:{folder}"), width, say, _done)
    return count_failed(fan.run(with_suffix(nodes, options.get("i", ""))), copy[0])


def _done(node: str, status: int) -> None:
    if not status:
        say(node, b"done\n")


def _parted(destination: str, name: str) -> tuple[str, str]:
    """At the first colon that is not in brackets: a noderange may have some there. Raises Trouble."""
    depth = 0
    for place, letter in enumerate(destination):
        depth += (letter == "[") - (letter == "]")
        if letter == ":" and depth == 0 and place:
            return destination[:place], destination[place + 1 :]
    raise Trouble(f"{name}: the last word is noderange:folder, not {destination!r}; see {name} -h")
