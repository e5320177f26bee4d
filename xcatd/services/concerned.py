"""Which nodes a change of the tables concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xcatd.objects import World
from xcatd.store.news import News


def names_in(news: News, tables: Iterable[str]) -> Sequence[str] | None:
    """The nodes and groups whose rows in these tables have come, changed or gone, sorted: a row's key begins with its node. None:
    any of them may have."""
    names: set[str] = set()
    for table in tables:
        idents = news.get(table, frozenset())
        if idents is None:
            return None
        names |= {ident if isinstance(ident, str) else str(ident[0]) for ident in idents}
    return sorted(names)


def nodes_called(world: World, name: str) -> Sequence[str] | None:
    """The node of this name, or the nodes of the group; None when there is neither."""
    return (name,) if world.has_node(name) else world.members(name)
