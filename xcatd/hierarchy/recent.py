"""The last changes of the tables, by number: who was away for a moment is told only what it missed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from uuid import uuid4

from xcatd.hierarchy.greeting import Mark
from xcatd.store.patch import Dirty, Touched

CHANGES = 10_000
ROWS = 200_000
"""Changes, and rows in them, that are remembered."""

_Changed = Mapping[str, Touched | None]


class Recent:
    """What a feed has told of. Every one has an id of its own."""

    def __init__(self) -> None:
        self._id = uuid4().hex
        self._number = 0
        self._changes: deque[_Changed] = deque()
        self._rows = 0

    @property
    def mark(self) -> Mark:
        """Now."""
        return Mark(self._id, self._number)

    def add(self, changed: _Changed) -> None:
        """The next change."""
        self._number += 1
        self._changes.append(changed)
        self._rows += _weight(changed)
        while len(self._changes) > CHANGES or self._rows > ROWS:
            self._rows -= _weight(self._changes.popleft())

    def since(self, mark: Mark) -> Dirty | None:
        """What has changed since then; None when that is not known."""
        missed = self._number - mark.number
        if mark.feed != self._id or not 0 <= missed <= len(self._changes):
            return None
        dirty = Dirty()
        for changed in islice(self._changes, len(self._changes) - missed, None):
            dirty.add(changed)
        return dirty


def _weight(changed: _Changed) -> int:
    return sum(len(rows) for rows in changed.values() if rows)
