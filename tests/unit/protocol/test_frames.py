"""Frames go in whole and come out whole, however the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.protocol.chunks import cut, cuts
from xcatd.errors import Malformed, TooLarge
from xcatd.protocol.frames import Frame, FrameReader, Kind, encode
from xcatd.protocol.limits import CALLER_FRAME

frames = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=100))


def test_a_frame_on_the_wire() -> None:
    assert encode(Kind.OUT, 258, b"on\n") == b"\0\0\0\x03O\0\0\x01\x02on\n"
    assert encode(Kind.ABORT, 1) == b"\0\0\0\0A\0\0\0\x01"


def test_the_kinds_are_those_of_both_doors() -> None:
    assert "".join(sorted(chr(kind) for kind in Kind)) == "AEIKLOQSWXZabcdghopqrsuwy"


@given(st.lists(frames, max_size=8), cuts)
def test_frames_survive_any_cutting(sent: list[Frame], sizes: list[int]) -> None:
    reader = FrameReader(100)
    data = b"".join(encode(*frame) for frame in sent)
    assert [frame for piece in cut(data, sizes) for frame in reader.feed(piece)] == sent
    assert not reader.partial


@given(st.binary(max_size=200), cuts)
def test_any_bytes_give_frames_or_are_refused(data: bytes, sizes: list[int]) -> None:
    reader = FrameReader(64)
    try:
        for piece in cut(data, sizes):
            for frame in reader.feed(piece):
                assert len(frame.payload) <= 64
    except Malformed as error:
        with pytest.raises(Malformed, match=str(error)[:20]):
            reader.feed(b"")


def test_a_large_frame_is_refused_before_it_has_arrived() -> None:
    reader = FrameReader(CALLER_FRAME)
    with pytest.raises(TooLarge, match="1048577 bytes"):
        reader.feed(encode(Kind.INPUT, 1, bytes(CALLER_FRAME + 1))[:9])


def test_a_foreign_language_is_refused_with_advice() -> None:
    with pytest.raises(Malformed, match=r"unknown kind 0x2f .* with an xCAT client"):
        FrameReader(1 << 32).feed(b"GET / HTTP/1.1\r\n")


def test_good_frames_before_a_bad_one_still_count() -> None:
    reader = FrameReader(10)
    assert reader.feed(encode(Kind.ABORT, 7) + b"\0\0\0\0!\0\0\0\0") == [Frame(Kind.ABORT, 7, b"")]
    with pytest.raises(Malformed):
        reader.feed(b"")


@given(st.lists(frames, max_size=8), cuts)
def test_between_daemons_kinds_of_a_newer_version_are_left_out(sent: list[Frame], sizes: list[int]) -> None:
    newer = b"\0\0\0\x04~\0\0\0\1more"
    reader = FrameReader(100, skips=True)
    data = b"".join(newer + encode(*frame) for frame in sent) + newer
    assert [frame for piece in cut(data, sizes) for frame in reader.feed(piece)] == sent
    assert not reader.partial
    with pytest.raises(TooLarge):
        FrameReader(3, skips=True).feed(newer)


def test_a_frame_of_many_pieces_is_known_to_be_partial() -> None:
    reader = FrameReader(1 << 20)
    data = encode(Kind.REPLIES, 3, bytes(1 << 20))
    assert [reader.feed(data[at : at + 16384]) for at in range(0, len(data) - 16384, 16384)] == [[]] * 64
    assert reader.partial
    [frame] = reader.feed(data[64 * 16384 :])
    assert len(frame.payload) == 1 << 20
