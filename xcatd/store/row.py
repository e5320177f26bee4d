"""One row, seen read-only: a light view of a tuple whose order is the table's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xcatd.store.schema.layout import ENABLED, Ident, Layout, Values

__all__ = ["ENABLED", "Ident", "Layout", "Row", "Values", "share"]


class Row:
    """A read-only view of a row. `dict(row)` gives its cells as text."""

    __slots__ = ("_layout", "_values")

    def __init__(self, layout: Layout, values: Values) -> None:
        self._layout = layout
        self._values = values

    def __getitem__(self, column: str) -> str:
        """The text of a cell, "" when it is NULL or empty. NotFound when the table has no such column."""
        return self._values[self._layout.place(column)] or ""

    def get(self, column: str) -> str:
        """The same as `row[column]`."""
        return self[column]

    def raw(self, column: str) -> str | None:
        """The cell as it is stored: None for NULL, which differs from "" for `disable`."""
        return self._values[self._layout.place(column)]

    def cells(self) -> dict[str, str | None]:
        """The whole row as it is stored, which is what `Exact` wants to know."""
        return dict(zip(self._layout.columns, self._values, strict=True))

    @property
    def columns(self) -> tuple[str, ...]:
        return self._layout.columns

    @property
    def hidden(self) -> bool:
        """Whether `disable` takes the row out of use."""
        return self._layout.is_hidden(self._values)

    def keys(self) -> tuple[str, ...]:
        """The columns, which makes `dict(row)` and `**row` work."""
        return self._layout.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout.columns)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and other._values == self._values and other._layout.table == self._layout.table

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        """Without the cells, some of which are passwords."""
        return f"<row of {self._layout.table.name}>"


def share(rows: Iterable[Iterable[str | None]], memo: dict[str | None, str | None]) -> list[Values]:
    """The same rows as tuples in which equal texts are one object, across everything that went through this memo.

    Most cells of a large cluster repeat: a node's name in twenty tables, `ipmi` in one hundred thousand rows.
    """
    columns = [map(memo.setdefault, column, column) for column in zip(*rows, strict=True)]
    return list(zip(*columns, strict=True))
