"""The rows that groups have in a table: what a list of groups gives is found out once for all nodes that have this list."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.objects.inheritance import Record, records_of
from xcatd.store import TableView
from xcatd.store.row import ENABLED, Values

_MANY = 20_000
"""Lists of groups that are kept for a table. More only where hardly two nodes have the same groups."""


def enabled_rows(view: TableView, name: str) -> Sequence[Values]:
    """The rows of a node or group as they are stored, without those that are disabled."""
    disable = view.layout.disable
    if view.is_direct:
        values = view.by_ident.get(name)
        return (values,) if values is not None and values[disable] in ENABLED else ()
    found = map(view.by_ident.__getitem__, view.idents_of(name))
    return [values for values in found if values[disable] in ENABLED]


class GroupRows:
    """The rows of a list of groups in one table, in the order of the list."""

    __slots__ = ("_records", "_rows", "_view")

    def __init__(self, view: TableView, names: Sequence[str]) -> None:
        self._view = view
        self._rows = {name: rows for name in names if (rows := enabled_rows(view, name))}
        self._records: dict[tuple[str, bool], tuple[Record, ...]] = {}

    def __bool__(self) -> bool:
        """Whether any of the groups has a row."""
        return bool(self._rows)

    def records(self, column: str, *, gathers: bool) -> tuple[Record, ...]:
        """What the groups give for a column. `gathers`: it is one of site.hierarchicalattrs."""
        if not self._rows:
            return ()
        found = self._records.get((column, gathers))
        if found is None:
            place = self._view.layout.place(column)
            found = records_of(
                tuple(self._rows),
                lambda name: [text for values in self._rows[name] if (text := values[place])],
                gathers=gathers,
            )
            self._records[column, gathers] = found
        return found


def group_rows(view: TableView, names: tuple[str, ...]) -> GroupRows:
    """The rows of these groups in a table. nodelist is not inherited: it has none."""
    known: dict[tuple[str, ...], GroupRows] = view.cached(GroupRows, dict)
    found = known.get(names)
    if found is None:
        if len(known) >= _MANY:
            known.clear()
        found = known[names] = GroupRows(view, () if view.table.name == "nodelist" else names)
    return found
