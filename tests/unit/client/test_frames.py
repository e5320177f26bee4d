"""Frames come out whole, however the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcat_client.frames import MAX_ANSWER, Answers, frame
from xcat_client.trouble import Trouble

KINDS = st.sampled_from([b"W", b"O", b"E", b"X"])
FRAMES = st.lists(st.tuples(KINDS, st.binary(max_size=40)))


def test_a_frame_is_length_kind_stream_payload() -> None:
    assert frame(b"Q", b"ab") == b"\0\0\0\2Q\0\0\0\1ab"


@given(frames=FRAMES, size=st.integers(1, 50))
def test_frames_survive_any_cut(frames: list[tuple[bytes, bytes]], size: int) -> None:
    wire = b"".join(frame(kind, payload) for kind, payload in frames)
    answers = Answers()
    seen = []
    for start in range(0, len(wire), size):
        answers.feed(wire[start : start + size])
        while (answer := answers.next()) is not None:
            seen.append(answer)
    assert seen == frames


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0\0\0\0Z\0\0\0\1",
        b"\0\0\0\0O\0\0\0\2",
        (MAX_ANSWER + 1).to_bytes(4, "big") + b"O\0\0\0\1",
    ],
    ids=["ssh", "unknown kind", "other stream", "too long"],
)
def test_what_is_not_our_protocol_is_called_so(wire: bytes) -> None:
    answers = Answers()
    answers.feed(wire)
    with pytest.raises(Trouble, match="does not speak the language of this client"):
        answers.next()


@given(st.binary())
def test_no_bytes_from_the_network_crash_the_client(wire: bytes) -> None:
    answers = Answers()
    answers.feed(wire)
    try:
        while answers.next():
            pass
    except Trouble as trouble:
        assert "XCATHOST" in str(trouble)
