"""Reading comma separated values: what tabdump writes comes back, and what is wrong is named as xCAT names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.errors import NotFound, UsageError
from xcatd.plugins.tables.csvread import BadLine, Record, read_csv
from xcatd.plugins.tables.csvtext import csv_lines, digest
from xcatd.store.schema import TABLES

SITE = TABLES["site"]
HEAD = "#key,value,comments,disable\n"


def rows(text: str) -> list[dict[str, str | None]]:
    read = list(read_csv(SITE, text))
    assert all(isinstance(each, Record) for each in read), read
    return [each.cells for each in read if isinstance(each, Record)]


def complaints(text: str) -> list[str]:
    return [each.why for each in read_csv(SITE, HEAD + text) if isinstance(each, BadLine)]


@given(st.lists(st.tuples(*[st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)] * 4)))
def test_what_is_written_is_read(table: list[tuple[str | None, ...]]) -> None:
    text = "".join(f"{line}\n" for line in csv_lines(SITE, table))
    assert rows(text) == [dict(zip(SITE.column_names, cells, strict=True)) for cells in table if any(cells)]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('"a","1",,', ["a", "1", None, None]),
        ("a,1", ["a", "1", None, None]),
        ("a, b c ,", ["a", " b c ", None, None]),
        ("a,1   ", ["a", "1", None, None]),
        ('"a","1"  \r', ["a", "1", None, None]),
        ('"a","x ""y"", z",,', ["a", 'x "y", z', None, None]),
        ('"a","x\n y \n",,', ["a", "x\n y \n", None, None]),
        ('"a","",,', ["a", None, None, None]),
        ('"a","1","c","0",', ["a", "1", "c", "0"]),
        ('"""",é', ['"', "é", None, None]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "", "\n\n  \n"])
def test_a_row(line: str, cells: list[str | None], end: str) -> None:
    assert rows(HEAD + line + end) == [dict(zip(SITE.column_names, cells, strict=True))]


@pytest.mark.parametrize("head", ["#key,value", '"#key","value"', "#key,value,,", '#"key","value"  \r'])
def test_a_header_as_spreadsheet_programs_write_it(head: str) -> None:
    assert rows(f"{head}\na,1\n") == [{"key": "a", "value": "1"}]


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ("", "Data missing header line starting with #"),
        ("key,value", "Data missing header line starting with #"),
        (
            "#key,valeu",
            "The header line indicates that column 'valeu' should exist, which is not defined in the schema for 'site'",
        ),
        ("#key,key", "The header line names column 'key' twice"),
    ],
)
def test_a_header_that_does_not_fit(head: str, error: str) -> None:
    with pytest.raises((NotFound, UsageError)) as caught:
        list(read_csv(SITE, f"{head}\na,1\n"))
    assert str(caught.value) == error


def test_every_bad_line_is_named_by_its_number() -> None:
    text = '"a","1\n2",,\nb"c",1\n"d"e,1\n\n"f",1,2,3,4,5\ng,1\n"h'
    assert complaints(text) == [
        'CSV missing opening " for record with " characters on line 4, character 0: b"c",1',
        'CSV unescaped " in record on line 5, character 0: "d"e,1',
        'Too many fields on line 7: "f",1,2,3,4,5',
        'CSV unmatched " in record on line 9, character 0: "h',
    ]


def test_a_long_bad_line_is_cut() -> None:
    assert complaints(f'a,{"x" * 1000}"\n')[0].endswith("xxx...")


def test_a_text_of_open_quotes_is_read_in_one_go() -> None:
    """Each line could be the beginning of a cell that never ends."""
    assert len(complaints('"x""\n' * 20_000)) >= 10_000


def test_the_digest_is_that_of_the_output() -> None:
    from hashlib import sha256

    assert digest(csv_lines(SITE, [("a", "é", None, None)])) == sha256(f'{HEAD}"a","é",,\n'.encode()).hexdigest()
