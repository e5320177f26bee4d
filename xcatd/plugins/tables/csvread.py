"""Comma separated values read back, by the rules and with the complaints of xCAT's tabrestore.

A cell in quotes may contain commas, line breaks and doubled quotes; one without quotes ends at the comma. Cells that
are missing at the end of a line are empty, lines without text count for nothing. The whole text is scanned once,
whatever is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xcatd.errors import NotFound, UsageError
from xcatd.store.schema import Table

_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"(?!")|([^",\n]*))(,|[^\S\n]*(?:\n|\Z))')
"""A cell with quotes (1) or without (2), and what ends it (3)."""
_LONGEST = 200
"""Characters of a bad line that are shown."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the file: the number of its first line, the header being line 1, its text, and its cells by column."""

    line: int
    text: str
    cells: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no row; `why` is the sentence for the user."""

    line: int
    why: str


def read_csv(table: Table, text: str) -> Iterator[Record | BadLine]:
    """The rows of a file, and what is no row. Raises UsageError or NotFound for a header that is not this table's."""
    head, _, _ = text.partition("\n")
    columns = _columns(table, head)
    return _records(columns, text, len(head) + 1)


def _columns(table: Table, head: str) -> Sequence[str]:
    """The columns that the header names; spreadsheet programs may have put it in quotes and commas behind it."""
    if not head.startswith(("#", '"#')):
        raise UsageError("Data missing header line starting with #")
    columns = head.replace('"', "").removeprefix("#").rstrip().rstrip(",").split(",")
    for number, column in enumerate(columns):
        if column not in table.column_names:
            raise NotFound(
                f"The header line indicates that column '{column}' should exist, which is not defined in the schema for "
                f"'{table.name}'"
            )
        if column in columns[:number]:
            raise UsageError(f"The header line names column '{column}' twice")
    return columns


def _records(columns: Sequence[str], text: str, begin: int) -> Iterator[Record | BadLine]:
    line = 2
    while begin < len(text):
        cells, end, wrong = _cells(text, begin, len(columns))
        shown = text[begin:end].rstrip()
        if wrong:
            yield BadLine(line, _complaint(wrong, line, shown))
        elif any(cells):
            yield Record(line, shown, dict(zip(columns, [*cells, *[None] * (len(columns) - len(cells))], strict=True)))
        line += text.count("\n", begin, end)
        begin = end


def _cells(text: str, begin: int, most: int) -> tuple[list[str | None], int, str]:
    """The cells of the record at `begin`, where it ends, and what is wrong with it ("" when nothing is)."""
    cells: list[str | None] = []
    place = begin
    while (found := _CELL.match(text, place)) is not None:
        quoted, plain, end = found.groups()
        place = found.end()
        if quoted is not None:
            cells.append(quoted.replace('""', '"') or None)
        else:
            cells.append((plain if end == "," else plain.rstrip()) or None)
        if end != ",":
            break
    else:
        return cells, _end_of_line(text, place), _wrong(text, begin, place)
    if any(cells[most:]) or len(cells) > most + 1:
        return cells, place, "Too many fields on line {line}: {text}"
    return cells[:most], place, ""


def _wrong(text: str, begin: int, place: int) -> str:
    """Why no cell can be read at `place`."""
    where = place - begin
    if text[place] != '"':
        return f'CSV missing opening " for record with " characters on line {{line}}, character {where}: {{text}}'
    if re.compile(r'"[^"]*(?:""[^"]*)*\Z').match(text, place):
        return f'CSV unmatched " in record on line {{line}}, character {where}: {{text}}'
    return f'CSV unescaped " in record on line {{line}}, character {where}: {{text}}'


def _end_of_line(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def _complaint(wrong: str, line: int, text: str) -> str:
    first, _, _ = text.partition("\n")
    return wrong.format(line=line, text=first if len(first) <= _LONGEST else f"{first[:_LONGEST]}...")
