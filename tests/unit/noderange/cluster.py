"""The cluster on which the noderanges of these tests are tried: the one of protocol.md section 6."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

COLUMNS = {"nodelist.node", "nodelist.groups", "nodehm.mgt", "nodehm.cons", "switch.switch", "nodepos.comments"}


class Cluster:
    """A source in memory; `asked` counts the questions put to it."""

    def __init__(
        self,
        groups: Mapping[str, str],
        attributes: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        defined: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`groups`: the group list of every node; `attributes`: by column, then by node; `defined`: more groups."""
        self._groups = groups
        self._attributes = attributes or {}
        self._members: dict[str, list[str]] = {name: list(nodes) for name, nodes in (defined or {}).items()}
        for node, text in groups.items():
            for name in filter(None, text.split(",")):
                self._members.setdefault(name, []).append(node)
        self.asked: Counter[str] = Counter()

    def nodes(self) -> Sequence[str]:
        return list(self._groups)

    def has_node(self, name: str) -> bool:
        self.asked["has_node"] += 1
        return name in self._groups

    def members(self, group: str) -> Sequence[str] | None:
        self.asked["members"] += 1
        return self._members.get(group)

    def values_of(self, nodes: Sequence[str], table: str, column: str) -> Sequence[Sequence[str]]:
        self.asked["values"] += len(nodes)
        return [self._values(node, table, column) for node in nodes]

    def _values(self, node: str, table: str, column: str) -> Sequence[str]:
        if (table, column) == ("nodelist", "groups"):
            return (self._groups[node],) if self._groups[node] else ()
        return self._attributes.get(f"{table}.{column}", {}).get(node, ())

    def knows(self, table: str, column: str) -> bool:
        return f"{table}.{column}" in COLUMNS


def of_nodes(names: Iterable[str]) -> Cluster:
    """A cluster of nodes without groups."""
    return Cluster(dict.fromkeys(names, ""))


def small() -> Cluster:
    nodes = {f"node{n}": f"all,compute,rack{1 if n <= 6 else 2}" for n in range(1, 13)}
    nodes |= {f"n00{n}": "" for n in range(1, 6)}
    nodes |= {f"f{frame}p{part}": "lpar" for frame in (1, 2) for part in range(1, 5)}
    nodes |= dict.fromkeys(("web-a-1", "web-a-2", "n1.dom", "n2.dom"), "")
    mgt = {f"node{n}": ("ipmi",) for n in range(1, 5)} | {f"f1p{n}": ("hmc",) for n in range(1, 5)}
    switch = {"node1": ("sw1", "sw2"), "node2": ("sw2",), "node3": ("sw1",)}
    position = {"node7": ("row a, left",), "node8": ("row b",)}
    attributes: dict[str, Mapping[str, Sequence[str]]]
    attributes = {"nodehm.mgt": mgt, "switch.switch": switch, "nodepos.comments": position}
    return Cluster(nodes, attributes, {"emptyg": (), "dyn": list(mgt)[4:]})
