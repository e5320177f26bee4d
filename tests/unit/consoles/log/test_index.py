"""The times of a log."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.consoles.log import index
from xcatd.consoles.log.index import Entry

steps = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 5000), st.none() | st.text(max_size=12)), max_size=60)
TORN = st.sampled_from([b"", b"1", b"12 ", b"17 x\n", b"\n", b"\0\0\0\n", b"- -\n", b"99999999999999999\n"])


def grown(steps: list[tuple[int, int, str | None]]) -> list[Entry]:
    """Entries as a writer makes them: neither places nor times go back."""
    places = accumulate(count for count, _, _ in steps)
    times = accumulate(ms for _, ms, _ in steps)
    return [
        Entry(place, ms, None if text is None else index.printable(text))
        for place, ms, (_, _, text) in zip(places, times, steps, strict=True)
    ]


@given(steps)
def test_what_is_written_is_read(steps: list[tuple[int, int, str | None]]) -> None:
    entries = grown(steps)
    times = index.header(17) + b"".join(map(index.line, entries))
    assert index.first_of(times) == 17
    assert [entry for entry, _ in index.entries(times)] == [None, *entries]
    assert index.last(times) == (entries[-1] if entries else None)


@given(steps, st.integers(0, 20_000), st.data())
def test_a_place_is_found_as_if_every_line_was_looked_at(
    steps: list[tuple[int, int, str | None]], wanted: int, data: st.DataObject
) -> None:
    entries = grown(steps)
    pieces = [index.header(0)]
    for entry in entries:
        torn = data.draw(TORN)
        pieces += [torn, b"\n" if torn and not torn.endswith(b"\n") else b"", index.line(entry)]
    times = b"".join(pieces) + data.draw(st.sampled_from([b"", b"123", b"5 5"]))
    behind = [entry for entry in entries if entry.ms >= wanted]
    place = index.find(times, lambda entry: entry.ms >= wanted)
    assert [entry for entry, _ in index.entries(times, place) if entry] == behind


@pytest.mark.parametrize(
    "head", [b"", b"xcatd-console-times 1 5", b"xcatd-console-times 1 x\n", b"5 7\n", b"xcatd-console-times 2 5\n"]
)
def test_another_file_has_no_first_line_of_ours(head: bytes) -> None:
    assert index.first_of(head) is None


def test_a_note_stays_one_line() -> None:
    assert index.line(Entry(5, 7, "a\nb\x1b[31mc")) == b"5 7 a b [31mc\n"
