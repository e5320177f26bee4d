"""What can be done to the database, and the checks that come before it is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xcatd.errors import NotFound, UsageError
from xcatd.store.row import LAYOUTS, Layout


@dataclass(frozen=True, slots=True)
class Put:
    """Set `values` in every row whose columns equal `key`; when there is none, insert one. None clears a cell."""

    table: str
    key: Mapping[str, str]
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove all rows whose columns equal `where`; an empty `where` means all rows."""

    table: str
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Append:
    """Add a row to a log table. The database makes its `recid`."""

    table: str
    values: Mapping[str, str]


Change = Put | Delete | Append


def check(change: Change) -> None:
    """Raise for what can be seen without the rows: NotFound for a table or column that does not exist, UsageError for
    a change that the table does not allow, or a text that no database can store."""
    layout = LAYOUTS.get(change.table)
    if layout is None:
        raise NotFound(f"No such table: {change.table}")
    match change:
        case Put(key=key, values=values):
            _check_put(layout, key, values)
        case Append(values=appended):
            _check_append(layout, appended)
        case Delete(where=where):
            _check_cells(layout, where)


def _check_put(layout: Layout, key: Mapping[str, str], values: Mapping[str, str | None]) -> None:
    name = layout.table.name
    if layout.table.log:
        raise UsageError(f"Table {name} is a log: its rows are not changed")
    if not key:
        raise UsageError(f"A change of table {name} must say which row is meant")
    _check_cells(layout, key)
    _check_cells(layout, values)
    for column in layout.table.required:
        if column in values and not values[column]:
            raise UsageError(f'Column "{column}" of table "{name}" must have a value')


def _check_append(layout: Layout, values: Mapping[str, str]) -> None:
    if not layout.table.log:
        raise UsageError(f"Table {layout.table.name} is not a log: nothing is appended to it")
    _check_cells(layout, values)


def _check_cells(layout: Layout, cells: Mapping[str, str | None]) -> None:
    for column, text in cells.items():
        layout.place(column)
        if text is not None and not text.isascii():
            _check_text(layout, column, text)


def _check_text(layout: Layout, column: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f'The text for column "{column}" of table "{layout.table.name}" is not UTF-8') from None
