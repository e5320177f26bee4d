"""Tables as few long pieces of bytes: read in a moment, because no cell is looked at alone.

Every text stands there once, in one list; a column is the places of its cells in that list. Where a column has few different
texts, which is the rule, each cell is one byte; where it has one, there are no cells at all.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from xcatd.store.schema import Layout
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

Plan = dict[str, Any]
"""What is where in the bytes, as JSON can write it."""

_FEW = 256
_WIDE = "I"
_MOST_ROWS = 50_000_000
"""Rows of a table that are believed."""


class Packer:
    """Makes bytes of tables."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}
        self._cells: list[bytes] = []

    def table(self, view: TableView) -> Plan:
        """Take a table. Returns what is where."""
        rows = list(view.by_ident.values())
        names = view.layout.columns
        columns = [self._column(name, list(map(itemgetter(place), rows))) for place, name in enumerate(names)]
        return {"name": view.table.name, "rows": len(rows), "columns": columns}

    def _column(self, name: str, cells: list[str | None]) -> Plan:
        numbers, distinct = self._numbers, dict.fromkeys(cells)
        for text in distinct:
            if text not in numbers:
                numbers[text] = len(numbers)
        if len(distinct) > _FEW:
            self._cells.append(array(_WIDE, map(numbers.__getitem__, cells)).tobytes())
            return {"name": name, "few": None}
        if len(distinct) > 1:
            places = {text: place for place, text in enumerate(distinct)}
            self._cells.append(bytes(map(places.__getitem__, cells)))
        return {"name": name, "few": [numbers[text] for text in distinct]}

    def body(self) -> tuple[int, list[bytes]]:
        """The length of the texts, which come first, and all pieces."""
        texts = json.dumps(list(self._numbers), separators=(",", ":")).encode("ascii")
        return len(texts), [texts, *self._cells]


class Unpacker:
    """Reads what a `Packer` made. Raises ValueError, KeyError, TypeError or IndexError when it is anything else."""

    def __init__(self, body: memoryview, texts: int) -> None:
        self._body = body
        self._texts: list[str | None] = json.loads(bytes(body[:texts]))
        self._at = texts

    def columns(self, plan: Plan) -> Iterator[tuple[str, Iterable[str | None]]]:
        """The columns of a table. The tables have to be asked for in the order in which they were packed."""
        length = int(plan["rows"])
        if not 0 <= length <= _MOST_ROWS:
            raise ValueError("a table has too many rows")
        for column in plan["columns"]:
            yield str(column["name"]), self._column(column["few"], length)

    def _column(self, few: list[int] | None, length: int) -> Iterable[str | None]:
        texts = self._texts
        if few is None:
            wide = array(_WIDE)
            wide.frombytes(self._piece(length * wide.itemsize))
            return map(texts.__getitem__, wide)
        if len(few) > 1:
            return map([texts[number] for number in few].__getitem__, bytes(self._piece(length)))
        return repeat(texts[few[0]] if few else None, length)

    def _piece(self, length: int) -> memoryview:
        start, self._at = self._at, self._at + length
        if self._at > len(self._body):
            raise ValueError("a column is cut off")
        return self._body[start : self._at]


def pack(snapshot: Snapshot) -> tuple[Plan, list[bytes]]:
    """All tables that have rows: what is where, and the pieces of bytes in their order."""
    packer = Packer()
    views = (snapshot.table(name) for name in snapshot)
    tables = [packer.table(view) for view in views if view.by_ident]
    texts, pieces = packer.body()
    return {"tables": tables, "texts": texts}, pieces


def unpack(plan: Plan, body: memoryview, layouts: Mapping[str, Layout]) -> dict[str, TableView]:
    """The tables that are in `layouts` too. Raises what `Unpacker` raises."""
    unpacker = Unpacker(body, int(plan["texts"]))
    views = {}
    for table in plan["tables"]:
        columns = dict(unpacker.columns(table))
        layout = layouts.get(table["name"])
        if layout is not None and not layout.table.log:
            views[layout.table.name] = TableView.of(layout, _rows(layout, columns, int(table["rows"])))
    return views


def _rows(layout: Layout, columns: Mapping[str, Iterable[str | None]], length: int) -> Sequence[tuple[str | None, ...]]:
    nothing = (None,) * length
    return list(zip(*(columns.get(name, nothing) for name in layout.columns), strict=True))


def shape(layouts: Mapping[str, Layout]) -> list[list[str]]:
    """The tables and their columns, so that a reader sees whether it knows the same ones."""
    return [[name, *layout.columns] for name, layout in layouts.items() if not layout.table.log]
