"""The rows of a history entry as bytes, and back.

A line of JSON holds up to 2,000 rows as [count, before, after], where before and after are objects: column -> the texts of
its cells, or one text when all rows have the same. NULL columns are left out; of `after` that has a `before`, also those
that are the same. Ten thousand rows with one changed cell take about as much room as their names. What is longer than a few
hundred bytes is compressed: it then begins as zlib streams do, otherwise with "[".
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from xcatd.store.history.entry import RowChange
from xcatd.store.row import Values
from xcatd.store.tabledraft import Effect

_ROWS = 2000
"""Rows in a line."""
_SHORT = 300
"""Bytes that are not worth compressing."""

Packed = Mapping[str, Any]
"""Column -> a list of cells, or the cell that all rows have."""


def pack(effect: Effect, breathe: Callable[[], None]) -> bytes:
    """The rows of one table. `breathe` is called now and then, to let others run."""
    lines = _lines(effect)
    first = next(lines)
    second = next(lines, b"")
    if not second and len(first) < _SHORT:
        return first
    packer = zlib.compressobj(1)
    pieces: list[bytes] = []
    for line in chain((first, second), lines):
        pieces.append(packer.compress(line))
        breathe()
    return b"".join((*pieces, packer.flush()))


def unpack(data: bytes, table: str, columns: Sequence[str], breathe: Callable[[], None]) -> list[RowChange]:
    """The rows again, with all of these columns and those that it had then."""
    changes: list[RowChange] = []
    text = data if data.startswith(b"[") else zlib.decompress(data)
    for line in text.splitlines():
        count, before, after = json.loads(line)
        changes += _changes(table, columns, count, before, after)
        breathe()
    return changes


def _lines(effect: Effect) -> Iterator[bytes]:
    columns = effect.layout.columns
    for rows in _portions(effect.removed):
        yield _line(len(rows), _packed(columns, rows), None)
    for pairs in _portions(effect.changed):
        before, after = zip(*pairs, strict=True)
        yield _line(len(pairs), _packed(columns, before), _difference(columns, before, after))
    for rows in _portions(effect.added):
        yield _line(len(rows), None, _packed(columns, rows))


def _portions(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def _line(count: int, before: Packed | None, after: Packed | None) -> bytes:
    return json.dumps([count, before, after], separators=(",", ":")).encode("ascii") + b"\n"


def _packed(columns: Sequence[str], rows: Sequence[Values]) -> Packed:
    packed = {column: _cells(cells) for column, cells in zip(columns, zip(*rows, strict=True), strict=True)}
    return {column: cells for column, cells in packed.items() if cells is not None}


def _difference(columns: Sequence[str], before: Sequence[Values], after: Sequence[Values]) -> Packed:
    pairs = zip(columns, zip(*before, strict=True), zip(*after, strict=True), strict=True)
    return {column: _cells(new) for column, old, new in pairs if new != old}


def _cells(cells: Sequence[str | None]) -> Sequence[str | None] | str | None:
    return cells[0] if cells.count(cells[0]) == len(cells) else cells


def _changes(
    table: str, columns: Sequence[str], count: int, before: Packed | None, after: Packed | None
) -> Iterator[RowChange]:
    names = (*columns, *sorted({*(before or ()), *(after or ())}.difference(columns)))
    whole = {**(before or {}), **after} if after is not None else None
    pairs = zip(_rows(names, before, count), _rows(names, whole, count), strict=True)
    return (RowChange(table, old, new) for old, new in pairs)


def _rows(names: Sequence[str], packed: Packed | None, count: int) -> Iterator[dict[str, str | None] | None]:
    if packed is None:
        return repeat(None, count)
    cells = [packed.get(name) for name in names]
    columns = [each if isinstance(each, list) else repeat(each, count) for each in cells]
    return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
