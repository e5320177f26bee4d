"""What a change of the tables tells those who listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xcatd.store.row import Ident
from xcatd.store.snapshot import Snapshot

News = Mapping[str, frozenset[Ident] | None]
"""The tables that changed -> the rows that came, changed or went, by what tells them apart; None: any of them."""

Listener = Callable[[News, Snapshot], None]
"""Called with what changed and the new snapshot. It must be quick and must not raise."""


def merged(one: News, other: News) -> dict[str, frozenset[Ident] | None]:
    """What two changes together have changed."""
    both = dict(one)
    for name, idents in other.items():
        before = both.get(name, frozenset())
        both[name] = None if before is None or idents is None else before | idents
    return both
