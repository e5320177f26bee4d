"""Lines that say themselves whether they are whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.store.records import content_of, record, whole_records

contents = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(contents)
def test_what_is_written_is_read(content: object) -> None:
    assert content_of(record(content)) == content


@given(contents, st.data())
def test_a_line_that_is_cut_off_or_altered_is_not_whole(content: object, data: st.DataObject) -> None:
    line = record(content)
    place = data.draw(st.integers(0, len(line) - 1))
    altered = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
    for damaged in (line[:place], altered):
        with pytest.raises(ValueError, match="damaged"):
            content_of(damaged)


def test_reading_stops_before_the_first_line_that_is_not_whole() -> None:
    lines = [record(1), record([2]), record("three")[:-2], record(4)]
    assert list(whole_records(lines)) == [(1, len(lines[0])), ([2], len(lines[1]))]
