"""What waits for the disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.consoles.log.backlog import Backlog, Mark

said = st.lists(st.binary(min_size=1, max_size=50), max_size=40)


def taken(backlog: Backlog, sizes: list[int]) -> tuple[bytes, list[Mark]]:
    """Take all, in pieces of at most these sizes."""
    octets, marks = b"", backlog.taken(0)
    while head := backlog.head(64):
        count = min(len(head), sizes[len(octets) % len(sizes)])
        octets += head[:count]
        marks += backlog.taken(count)
    return octets, marks


@given(said, st.lists(st.integers(1, 70), min_size=1))
def test_what_was_said_comes_out_in_its_order_with_its_times(said: list[bytes], sizes: list[int]) -> None:
    backlog = Backlog()
    for number, octets in enumerate(said):
        backlog.add(octets, 100 * number)
    octets, marks = taken(backlog, sizes)
    assert octets == b"".join(said)
    assert not backlog
    come = [octet for mark in marks for octet in [mark.ms] * mark.count]
    assert come == [100 * number for number, octets in enumerate(said) for _ in octets]


@given(said, said, st.integers(500, 2000))
def test_the_oldest_are_dropped_and_it_is_noted_how_many(early: list[bytes], late: list[bytes], bound: int) -> None:
    first, second = Backlog(), Backlog()
    for number, octets in enumerate(early):
        first.add(octets, 100 * number)
    for number, octets in enumerate(late):
        second.add(octets, 1_000_000 + 100 * number)
    first.extend(second)
    first.trim(bound)
    assert first.weight <= bound
    octets, marks = taken(first, [64])
    whole = b"".join(early + late)
    assert whole.endswith(octets)
    notes = [mark.text or "" for mark in marks if mark.text is not None]
    missing = len(whole) - len(octets)
    assert [note.split()[0] for note in notes] == ([str(missing)] if missing else [])


def test_bytes_that_come_together_are_one_piece() -> None:
    backlog = Backlog()
    for ms in (0, 3, 9, 10, 25):
        backlog.add(b"x", ms)
    assert backlog.taken(5) == [Mark(3, 0), Mark(1, 10), Mark(1, 25)]


def test_notes_stand_where_they_happened() -> None:
    backlog = Backlog()
    backlog.note("before", 1)
    backlog.add(b"abc", 2)
    backlog.note("between", 3)
    backlog.add(b"de", 4)
    assert backlog.taken(0) == [Mark(0, 1, "before")]
    assert backlog.taken(2) == [Mark(2, 2)]
    assert backlog.taken(1) == [Mark(1, 2), Mark(0, 3, "between")]
    assert backlog.taken(2) == [Mark(2, 4)]
    assert not backlog


def test_what_was_lost_in_the_middle_is_noted_there() -> None:
    first, second = Backlog(), Backlog()
    first.add(b"early", 0)
    for number in range(100):
        second.add(b"x" * 100, 1000 * number)
    second.trim(1000)
    first.extend(second)
    marks = first.taken(len(first))
    assert [(mark.count, mark.text) for mark in marks[:2]] == [
        (5, None),
        (0, "9400 bytes are missing here, from 1970-01-01T00:00:00Z to 1970-01-01T00:01:33Z"),
    ]
