"""The rows of many names in one table, taken column by column."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.objects.grouprows import enabled_rows
from xcatd.store import TableView
from xcatd.store.row import ENABLED, Values

_TURNED = 1000
"""Up to so many rows are turned into columns at once."""

Column = Sequence[str | None]
"""A cell of each name, as it is stored."""


class OwnRows:
    """The first enabled row that each of some names has in one table. `several`: the places of names that have more."""

    __slots__ = ("_columns", "_is_empty", "_rows", "blank", "several")

    def __init__(self, view: TableView, names: Sequence[str]) -> None:
        self.blank: Column = (None,) * len(names)
        self.several: Sequence[int] = ()
        self._rows: Sequence[Values | None]
        if view.is_direct:
            disable = view.layout.disable
            found = map(view.by_ident.get, names)
            self._rows = [row if row is None or row[disable] in ENABLED else None for row in found]
        else:
            rows = [enabled_rows(view, name) for name in names]
            self._rows = [found[0] if found else None for found in rows]
            self.several = [place for place, found in enumerate(rows) if len(found) > 1]
        self._is_empty = not any(self._rows)
        self._columns: Sequence[Column] = ()
        if len(names) <= _TURNED and not self._is_empty:
            empty: Values = (None,) * len(view.layout.columns)
            self._columns = list(zip(*[row or empty for row in self._rows], strict=True))

    def column(self, place: int) -> Column | None:
        """The cells as they are stored; None when all are empty."""
        if self._is_empty:
            return None
        cells: Column = (
            self._columns[place] if self._columns else [None if row is None else row[place] for row in self._rows]
        )
        return cells if any(cells) else None

    def found(self) -> Sequence[bool]:
        """Which of the names have a row."""
        return [row is not None for row in self._rows]
