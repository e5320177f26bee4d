"""Tables and changes as they travel on a link."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from xcatd.errors import Malformed
from xcatd.model import Origin
from xcatd.store import Append, Cells, Change, Delete, Exact, Put, Replace, TableView, dump_table

ROWS = 2000
"""Rows or changes in one frame: a frame stays well below the limit of 16 MiB."""


def table_to_json(view: TableView) -> Iterator[bytes]:
    """A table in pieces; the last one says that it is complete."""
    columns, rows = dump_table(view)
    for start in range(0, max(len(rows), 1), ROWS):
        piece = {
            "table": view.table.name,
            "columns": list(columns),
            "rows": [list(row) for row in rows[start : start + ROWS]],
            "more": start + ROWS < len(rows),
        }
        yield json.dumps(piece, separators=(",", ":")).encode()


def changes_to_json(changes: Sequence[Change], origin: Origin) -> Iterator[bytes]:
    """A write in pieces; the last one says that it is complete."""
    author = asdict(origin)
    held: list[list[Any]] = []
    weight = 0
    for item, rows in _items(changes):
        if weight + rows > ROWS:
            yield _piece(author, held, more=True)
            held, weight = [], 0
        held.append(item)
        weight += rows
    yield _piece(author, held, more=False)


def _piece(author: Mapping[str, str], items: list[list[Any]], *, more: bool) -> bytes:
    return json.dumps({"author": author, "changes": items, "more": more}, separators=(",", ":")).encode()


def _items(changes: Sequence[Change]) -> Iterator[tuple[list[Any], int]]:
    """What is listed for the changes, and how many rows each item is worth. A long `Replace` is several items."""
    for change in changes:
        match change:
            case Put(table, key, values):
                yield ["put", table, dict(key), dict(values)], 1
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


class Arriving:
    """A write of which pieces have come."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.origin = Origin("")
        self._rows: list[Cells] = []
        """Those of the `Replace` that is arriving."""

    def take(self, payload: bytes) -> bool:
        """Take the next piece. Returns whether it was the last one. Raises Malformed."""
        try:
            read = json.loads(payload)
            for kind, *rest in read["changes"]:
                self._take(kind, rest)
            self.origin = Origin(**{name: str(text) for name, text in read["author"].items()})
            return not read["more"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Malformed("A change of tables from another daemon cannot be read") from error

    def _take(self, kind: str, rest: list[Any]) -> None:
        match kind, rest:
            case "put", [str(table), dict(key), dict(values)]:
                self.changes.append(Put(table, key, values))
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
