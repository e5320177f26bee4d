"""Which nodes go to another service node by themselves, and after how long: table takeover, else site.takeover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from xcatd.objects import World, service_pool
from xcatd.services.staticroutes import service_nodes
from xcatd.store import Row

TABLE: Final = "takeover"
_COLUMNS: Final = ("after", "back")


@dataclass(frozen=True, slots=True)
class Terms:
    """`after`: seconds for which the service node must be dead, 0 = its nodes never go by themselves. `back`: seconds of its health
    after which they go back, 0 = by hand only."""

    after: float = 0.0
    back: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """A node that goes by itself: its pool, first the one that serves it, and its terms."""

    node: str
    pool: tuple[str, ...]
    terms: Terms


def short(name: str) -> str:
    """A host's name without its domain: by that service nodes are told apart."""
    return name.partition(".")[0]


def is_on(world: World) -> bool:
    """Whether there may be a node that goes by itself. Quick."""
    return _site(world).after > 0 or any(_seconds(row["after"] or "") for row in _rows(world))


def terms_of(world: World, nodes: Sequence[str]) -> Mapping[str, Terms]:
    """The terms of each of the nodes. A cell of its own, or of a group of it, counts first; what is no number counts as empty."""
    usual = _site(world)
    if not _rows(world):
        return dict.fromkeys(nodes, usual)
    after, back = (world.column(nodes, TABLE, column) for column in _COLUMNS)
    found = {}
    for node, own_after, own_back in zip(nodes, after, back, strict=True):
        found[node] = Terms(_or(own_after, usual.after), _or(own_back, usual.back))
    return found


def served(world: World, name: str) -> Sequence[Served]:
    """The nodes of a service node, called by its short name, that go by themselves. Service nodes are none of them: who is above a
    service node stands in its own settings."""
    return shared(world, tuple(pool for pool in pools(world) if short(pool[0]) == name))


def shared(world: World, chosen: tuple[tuple[str, ...], ...]) -> Sequence[Served]:
    """The nodes of some pools that go by themselves."""
    return world.snapshot.cached(("takeover: shared", chosen), lambda: _shared(world, chosen))


def loads(world: World) -> Mapping[str, int]:
    """How many nodes each service node serves, by its short name."""
    found: Counter[str] = Counter()
    for pool, nodes in pools(world).items():
        found[short(pool[0])] += len(nodes)
    return found


def pools(world: World) -> Mapping[tuple[str, ...], Sequence[str]]:
    """All pools, with their nodes."""

    def find() -> Mapping[tuple[str, ...], Sequence[str]]:
        nodes = world.nodes()
        by_text: dict[str, list[str]] = {}
        for node, text in zip(nodes, world.column(nodes, "noderes", "servicenode"), strict=True):
            by_text.setdefault(text, []).append(node)
        found: dict[tuple[str, ...], list[str]] = {}
        for some in by_text.values():
            if pool := service_pool(world, some[0]):
                found.setdefault(pool, []).extend(some)
        return found

    return world.snapshot.cached("takeover: pools", find)


def problems(world: World) -> Iterator[str]:
    """What is wrong in the table and in site.takeover, a sentence each."""
    text = world.snapshot.site(TABLE)
    if not all(_is_number(part) for part in text.split(":", 1)):
        yield f"site.takeover is {text!r}, and not `after` or `after:back` in seconds: it counts as not set"
    for row in _rows(world):
        for column in _COLUMNS:
            if not _is_number(row[column] or ""):
                yield f"takeover.{column} of {row['node']} is {row[column]!r}, and no number of seconds: it counts as empty"


def _shared(world: World, chosen: Sequence[tuple[str, ...]]) -> Sequence[Served]:
    servers = world.snapshot.cached("takeover: servers", lambda: service_nodes(world) | set(chain(*pools(world))))
    pool_of = {node: pool for pool in chosen for node in pools(world)[pool] if node not in servers}
    terms = terms_of(world, list(pool_of))
    return [Served(node, pool, terms[node]) for node, pool in pool_of.items() if terms[node].after > 0]


def _rows(world: World) -> Sequence[Row]:
    """None where the management node has an older version, without the table."""
    if TABLE not in world.snapshot:
        return ()
    return [row for row in world.snapshot.table(TABLE).rows if not row.hidden]


def _site(world: World) -> Terms:
    after, _, back = world.snapshot.site(TABLE).partition(":")
    return Terms(_seconds(after), _seconds(back))


def _or(own: str, usual: float) -> float:
    own = own.strip()
    return float(own) if own.isdecimal() else usual


def _seconds(text: str) -> float:
    return _or(text, 0.0)


def _is_number(text: str) -> bool:
    return not text.strip() or text.strip().isdecimal()
