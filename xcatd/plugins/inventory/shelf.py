"""The rows of one table, found by the name of the object to which they belong; hidden rows are rows too."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import cached_property

from xcatd.plugins.inventory.document import Cells
from xcatd.policy.secrets import is_secret_name, secret_columns
from xcatd.store import TableView, Values
from xcatd.store.row import Ident

Order = tuple[tuple[str, ...], list[tuple[str, str]]]


class Shelf:
    """`key` is the column with the objects' names, "" when the table is of no type. Without `secrets` there seem to be none."""

    def __init__(self, view: TableView, key: str, *, secrets: bool) -> None:
        self.view = view
        self.key = key
        self.table = view.table
        layout = view.layout
        self._columns = layout.columns
        self._place = layout.position.get(key, 0)
        self._disable = layout.disable
        self._hidden = frozenset() if secrets else secret_columns(view.table)
        """Columns with secrets that are not to be seen."""
        self._conceals = not secrets and view.table.name == "site"
        self._is_lookup = key == view.table.lookup

    def __bool__(self) -> bool:
        """Whether there are rows."""
        return bool(self.view.by_ident)

    def all(self) -> Sequence[Values]:
        """Every row; without secrets, settings of the site that are secrets are none."""
        rows = list(self.view.by_ident.values())
        return [row for row in rows if not is_secret_name(row[0] or "")] if self._conceals else rows

    def of(self, name: str) -> Sequence[Values]:
        """The rows of an object."""
        if not self._is_lookup:
            return self._aside.get(name, ())
        rows = self.view.by_ident
        return [rows[ident] for ident in self.view.idents_of(name)]

    @cached_property
    def _aside(self) -> Mapping[str, list[Values]]:
        """The rows by name, where the view does not find them by it."""
        found: dict[str, list[Values]] = {}
        for row in self.view.by_ident.values():
            found.setdefault(self.name(row), []).append(row)
        return found

    def name(self, row: Values) -> str:
        """The object to which a row belongs, if there is one of this name."""
        return row[self._place] or ""

    def besides(self, names: Container[str]) -> list[Values]:
        """The rows that belong to none of these."""
        place = self._place
        return [row for row in self.view.by_ident.values() if (row[place] or "") not in names]

    def cells(self, row: Values) -> Cells:
        """A row as an inventory says it: empty cells are left out."""
        cells = self._filled(row)
        for column in self._hidden & cells.keys():
            del cells[column]
        return cells

    def secrets(self, row: Values) -> Cells:
        """Only the cells that `cells` does not show."""
        return (
            {column: text for column, text in self._filled(row).items() if column in self._hidden}
            if self._hidden
            else {}
        )

    def whole(self, row: Values) -> Cells:
        """Both."""
        return self._filled(row)

    def raw(self, row: Values) -> Mapping[str, str | None]:
        """A row as it is stored."""
        return dict(zip(self._columns, row, strict=True))

    def _filled(self, row: Values) -> Cells:
        cells = {column: text for column, text in zip(self._columns, row, strict=True) if text}
        if row[self._disable] == "":
            cells["disable"] = ""
        return cells

    def ident(self, cells: Cells) -> Ident:
        """What tells a row from the others of the table; of a stored row, see its layout."""
        keys = self.table.keys
        return cells.get(keys[0], "") if len(keys) == 1 else tuple([cells.get(key, "") for key in keys])

    def key_cells(self, row: Values) -> tuple[tuple[str, str], ...]:
        """The key of a row, with its columns."""
        layout = self.view.layout
        return tuple((key, row[place] or "") for key, place in zip(self.table.keys, layout.keys, strict=True))

    def ordered(self, rows: Sequence[Cells]) -> list[Cells]:
        """Rows in the order of their keys, and the keys of each first."""
        keys = self.table.keys
        sorted_rows = sorted(rows, key=self._order) if len(rows) > 1 else rows
        return [{key: cells[key] for key in keys if key in cells} | cells for cells in sorted_rows]

    def _order(self, cells: Cells) -> Order:
        return tuple([cells.get(key, "") for key in self.table.keys]), list(cells.items())
