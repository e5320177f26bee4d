"""nodelist.groups while a command changes who belongs to which group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xcatd.objects.world import World
from xcatd.objects.writing.lists import items
from xcatd.store import Put


class Memberships:
    """The static groups of nodes: as they are stored, as assignments have set them, and as groups have edited them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nodelist = world.snapshot.table("nodelist")
        self._texts: dict[str, str] = {}
        self._edited: dict[str, None] = {}

    def assigned(self, names: Iterable[str], text: str) -> None:
        """Nodes have been given this text; new nodes are known from then on."""
        self._texts.update(dict.fromkeys(names, text))

    def knows(self, node: str) -> bool:
        """Whether the node exists, or will."""
        return node in self._texts or self._world.has_node(node)

    def of(self, node: str) -> list[str]:
        """The groups of a node, in their order."""
        return items(self._text(node))

    def add(self, node: str, group: str) -> None:
        """Make the node a member; it goes to the end of the node's list."""
        before = self.of(node)
        if group not in before:
            self._edit(node, [*before, group])

    def remove(self, node: str, group: str) -> bool:
        """End a membership; says whether there was one."""
        before = self.of(node)
        if group not in before:
            return False
        self._edit(node, [one for one in before if one != group])
        return True

    def rename(self, node: str, old: str, new: str) -> None:
        """Another name for a group, in its place."""
        self._edit(node, list(dict.fromkeys(new if one == old else one for one in self.of(node))))

    def changes(self) -> Iterator[Put]:
        """What has been edited."""
        for node in self._edited:
            yield Put("nodelist", {"node": node}, {"groups": self._texts[node] or None})

    def _text(self, node: str) -> str:
        if node in self._texts:
            return self._texts[node]
        rows = self._nodelist.find(node)
        return rows[0]["groups"] if rows else ""

    def _edit(self, node: str, groups: list[str]) -> None:
        self._texts[node] = ",".join(groups)
        self._edited[node] = None
