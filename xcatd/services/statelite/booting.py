"""What nodeset has to know of a statelite image for its nodes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.errors import NotFound, UsageError
from xcatd.objects import World
from xcatd.services.statelite.layout import trees_text
from xcatd.services.statelite.rows import Tree, entries_of, trees_of
from xcatd.services.statelite.variables import fill, needed
from xcatd.store import Snapshot

_PLAIN: Final = re.compile(r"[^\s\"'\\$#]+")
"""What can be a word of the kernel's arguments, and of the node's list."""
_SOURCE: Final = re.compile(r"((\[[^\]\s]+\]|[^\s/:\[]+):)?/[^\n\r]*")


@dataclass(frozen=True, slots=True)
class Lite:
    """Of an image: its litetree, and whether something in its litefile is persistent."""

    trees: Sequence[Tree] = ()
    keeps: bool = False

    def list_for(self, world: World, node: str) -> str:
        """The file that the node fetches, "" where there is nothing in it. Raises NotFound or UsageError."""
        return trees_text([(tree, _directory(world, node, tree)) for tree in self.trees])

    def check_state(self, world: World, node: str, statemnt: str, options: str) -> None:
        """Whether the node has what it mounts for its persistent files. Raises NotFound or UsageError."""
        if not statemnt:
            if self.keeps:
                raise NotFound("litefile has persistent files for its image, and table statelite no row for the node")
            return
        text = needed(world, node, statemnt, "statelite.statemnt")
        if not _PLAIN.fullmatch(text) or not _SOURCE.fullmatch(text) or text.startswith("/"):
            raise UsageError(f"statelite.statemnt is {text!r}: write server:/folder, without blanks")
        if options and not _PLAIN.fullmatch(options):
            raise UsageError(
                f"statelite.mntopts is {options!r}: write options of mount with commas between, without blanks"
            )


def lite_of(snapshot: Snapshot, image: str) -> Lite:
    return Lite(trees_of(snapshot, image), any("persistent" in one.words for one in entries_of(snapshot, image)))


def with_values(world: World, node: str, statemnt: str) -> str:
    """statelite.statemnt with the values of the node's variables; those that have none stay, for `check_state` to say so."""
    try:
        return fill(world, node, statemnt, lambda name: name)
    except UsageError:
        return statemnt


def _directory(world: World, node: str, tree: Tree) -> str:
    what = f"litetree.directory of priority {tree.priority}"
    text = needed(world, node, tree.directory.strip(), what)
    if not _SOURCE.fullmatch(text):
        raise UsageError(f"{what} is {text!r}: write server:/folder, or /folder for one in the image")
    if tree.options.strip() and not _PLAIN.fullmatch(tree.options.strip()):
        raise UsageError(f"litetree.mntopts of priority {tree.priority} is {tree.options!r}: write it without blanks")
    return text
