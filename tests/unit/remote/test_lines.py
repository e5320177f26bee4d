"""Octets become lines, and are all there again when the lines are put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.remote import lines
from xcatd.remote.lines import Lines


@given(pieces=st.lists(st.binary(max_size=20)))
def test_nothing_is_lost_however_it_comes(pieces: list[bytes]) -> None:
    cutter = Lines()
    said = [line for piece in pieces for line in cutter.feed(piece)]
    rest = list(cutter.end())
    whole = b"".join(pieces)
    assert "\n".join([*said, *(rest or [""])]).encode("utf-8", "surrogateescape") == whole
    assert all("\n" not in line for line in (*said, *rest))
    assert list(cutter.end()) == []


def test_a_line_without_end_is_cut() -> None:
    cutter = Lines()
    assert cutter.feed(b"x" * lines.LONGEST) == []
    assert [len(line) for line in cutter.feed(b"yz")] == [lines.LONGEST + 2]
    assert list(cutter.end()) == []
