"""Changes as JSON can write them: for a link to another daemon, and for the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from xcatd.store.changes import Append, Cells, Change, Delete, Exact, Put, Replace

ROWS = 2000
"""Rows in one item: a long `Replace` is several items."""

Item = list[Any]


def items(changes: Sequence[Change]) -> Iterator[tuple[Item, int]]:
    """What is listed for the changes, and how many rows each item is worth."""
    for change in changes:
        match change:
            case Put(table, key, values):
                yield [("put" if change.adds else "set"), table, dict(key), dict(values)], 1
            case Delete(table, where):
                yield ["delete", table, dict(where)], 1
            case Append(table, appended):
                yield ["append", table, dict(appended)], 1
            case Exact(table, before, after):
                yield ["exact", table, _plain(before), _plain(after)], 1
            case Replace(table, rows):
                yield ["replace", table], 1
                for start in range(0, len(rows), ROWS):
                    piece = [dict(row) for row in rows[start : start + ROWS]]
                    yield ["rows", piece], len(piece)


def _plain(cells: Cells | None) -> dict[str, str | None] | None:
    return None if cells is None else dict(cells)


class Unpacked:
    """Changes of which the items come one by one."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._rows: list[Cells] = []
        """Those of the `Replace` that is arriving."""

    def take(self, item: Item) -> None:
        """Take the next item. Raises ValueError or TypeError when it is none."""
        kind, *rest = item
        match kind, rest:
            case "put" | "set", [str(table), dict(key), dict(values)]:
                self.changes.append(Put(table, key, values, adds=kind == "put"))
            case "delete", [str(table), dict(where)]:
                self.changes.append(Delete(table, where))
            case "append", [str(table), dict(values)]:
                self.changes.append(Append(table, values))
            case "exact", [str(table), dict() | None as before, dict() | None as after]:
                self.changes.append(Exact(table, before, after))
            case "replace", [str(table)]:
                self._rows = []
                self.changes.append(Replace(table, self._rows))
            case "rows", [list(rows)]:
                self._rows += rows
            case _:
                raise ValueError(kind)
