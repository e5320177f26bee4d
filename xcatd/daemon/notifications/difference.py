"""What a hook reads on its standard input: the rows of a table that differ between two moments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from xcatd.store import TableView
from xcatd.store.row import Values
from xcatd.store.schema import Layout

APART = 100
"""Rows that are told one by one, as xCAT does; of more the hook is told at once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that were added, (old, new) ones, and rows that were deleted."""

    layout: Layout
    added: Sequence[Values]
    updated: Sequence[tuple[Values, Values]]
    deleted: Sequence[Values]

    def notices(self, actions: Collection[str]) -> Iterator[str]:
        """The texts for these actions (letters of a, u, d), a run of the hook for each."""
        if self.deleted and "d" in actions:
            yield self._notice("d", self._whole(self.deleted), [])
        if "u" in actions:
            yield from self._updates()
        if "a" in actions:
            yield from self._additions()

    def _updates(self) -> Iterator[str]:
        if len(self.updated) > APART:
            old, new = zip(*self.updated, strict=True)
            yield self._notice("u", self._whole(old), self._whole(new))
            return
        for before, after in self.updated:
            places = [
                place
                for place, text in enumerate(after)
                if place in self.layout.keys or (text or "") != (before[place] or "")
            ]
            yield self._notice("u", self._whole([before]), self._some(after, places))

    def _additions(self) -> Iterator[str]:
        if len(self.added) > APART:
            yield self._notice("a", [], self._whole(self.added))
            return
        for row in self.added:
            yield self._notice("a", [], self._some(row, [place for place, text in enumerate(row) if text]))

    def _notice(self, action: str, old: Sequence[str], new: Sequence[str]) -> str:
        lines = (action, self.layout.table.name, "[old data]", *old, "[new data]", *new)
        return "".join(f"{line}\n" for line in lines)

    def _whole(self, rows: Sequence[Values]) -> Sequence[str]:
        return [",".join(self.layout.columns), *map(_line, rows)]

    def _some(self, row: Values, places: Sequence[int]) -> Sequence[str]:
        """A row with a few of its columns."""
        return [",".join(self.layout.columns[place] for place in places), _line([row[place] for place in places])]


def difference(before: TableView, after: TableView) -> Difference:
    """The rows that differ; rows are told apart by their keys."""
    old_rows, new_rows = before.by_ident, after.by_ident
    added, updated = [], []
    for ident, new in new_rows.items():
        old = old_rows.get(ident)
        if old is None:
            added.append(new)
        elif old is not new and old != new:
            updated.append((old, new))
    deleted = [old for ident, old in old_rows.items() if ident not in new_rows]
    return Difference(after.layout, added, updated, deleted)


def _line(cells: Sequence[str | None]) -> str:
    """Cells with commas between them, as xCAT writes them. A cell stays on its line: else it could look like others."""
    return ",".join(" ".join((cell or "").splitlines()) for cell in cells)
