"""The logs of several consoles as one stream of lines, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from xcatd.consoles.log.cursor import MOST, Cursor
from xcatd.consoles.log.lines import Lines, TextLine

_TOTAL = 1 << 24
"""Bytes that are held of all consoles, about."""


class Stream:
    """Lines of the logs at these places, by nodes; `until`: those that came before this, ms. Reading is done in a thread."""

    def __init__(self, cursors: Mapping[str, Cursor], until: int | None) -> None:
        self._cursors = cursors
        self._until = until
        self._lines = {node: Lines(node) for node in cursors}
        self._piece = max(1 << 12, min(MOST, _TOTAL // max(1, len(cursors))))
        self._there = heapq.merge(*map(self._of, cursors), key=_time)

    def there(self, most: int) -> Sequence[TextLine]:
        """The next lines of what is there now; none at its end."""
        return tuple(islice(self._there, most))

    def news(self) -> Sequence[TextLine]:
        """What has come since; not before all was read that was there."""
        return tuple(heapq.merge(*map(self._of, self._cursors), key=_time))

    def rest(self) -> Sequence[TextLine]:
        """Lines that have no end yet."""
        return sorted((line for lines in self._lines.values() for line in lines.rest()), key=_time)

    def close(self) -> None:
        for cursor in self._cursors.values():
            cursor.close()

    def _of(self, node: str) -> Iterator[TextLine]:
        cursor, lines = self._cursors[node], self._lines[node]
        while some := cursor.read(self._piece):
            for moment in some:
                if self._until is not None and moment.ms >= self._until:
                    return
                yield from lines.feed(moment)


def _time(line: TextLine) -> int:
    return line.ms
