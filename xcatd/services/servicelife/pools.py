"""Pools of service nodes, wherever the tables have them: who is named, and without whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.objects import World, console_pools
from xcatd.store import Change, Delete, Put

GROUP: Final = "service"
"""The group of service nodes, by convention."""
_POOLS: Final = (("noderes", "servicenode"), ("nodehm", "conserver"))
RULE: Final = "|"
"""What a text begins with that is worked out for each node."""


def names_in(text: str) -> list[str]:
    """The names in a comma list, each once."""
    return list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


@dataclass(frozen=True, slots=True)
class Held:
    """The nodes of which a service node is the first one, and those whose consoles it has."""

    nodes: Sequence[str]
    consoles: Sequence[str]


def held(world: World, name: str) -> Held:
    """What a service node holds."""
    nodes = world.nodes()
    texts = world.column(nodes, "noderes", "servicenode")
    own = [node for node, text in zip(nodes, texts, strict=True) if names_in(text)[:1] == [name]]
    pools = console_pools(world, nodes)
    return Held(own, [node for node, pool in zip(nodes, pools, strict=True) if pool[:1] == (name,)])


def named(world: World, name: str) -> Sequence[str]:
    """The nodes that have a service node anywhere in their pools."""
    nodes = world.nodes()
    found: set[str] = set()
    for table, column in _POOLS:
        texts = world.column(nodes, table, column)
        found |= {node for node, text in zip(nodes, texts, strict=True) if name in names_in(text.partition(":")[0])}
    return [node for node in nodes if node in found]


def retired(world: World, name: str) -> Sequence[Change]:
    """What ends a service node in the tables: the pools, its row in table servicenode, the group of service nodes."""
    return [*_without(world, name), *_rows_gone(world, name), *_ungrouped(world, name)]


def _without(world: World, name: str) -> Iterator[Change]:
    """Rows of nodes and of groups that name it; those with rules are left alone."""
    for table, column in _POOLS:
        for row in world.snapshot.table(table).rows:
            text = row[column] or ""
            here, colon, there = text.partition(":")
            pool = names_in(here)
            if name in pool and not text.startswith(RULE):
                left = ",".join(each for each in pool if each != name)
                yield Put(table, {"node": row["node"]}, {column: f"{left}{colon}{there}" if left else None})


def _rows_gone(world: World, name: str) -> Iterator[Change]:
    for table in ("servicenode", "sndrained", "bootmissed"):
        if world.snapshot.table(table).find(name):
            yield Delete(table, {"node": name})


def _ungrouped(world: World, name: str) -> Iterator[Change]:
    for row in world.snapshot.table("nodelist").find(name):
        groups = names_in(row["groups"] or "")
        if GROUP in groups:
            yield Put("nodelist", {"node": name}, {"groups": ",".join(each for each in groups if each != GROUP)})
