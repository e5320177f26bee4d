"""What two daemons say first."""

from __future__ import annotations

import pytest

from xcatd.errors import Malformed
from xcatd.hierarchy import hello, read_hello
from xcatd.hierarchy.greeting import Greeting, Mark
from xcatd.protocol.frames import FrameReader, Kind


def payload(frame: bytes) -> bytes:
    (read,) = FrameReader(1 << 20).feed(frame)
    assert read.kind is Kind.HELLO
    return read.payload


def test_a_greeting_says_name_release_and_who_is_above() -> None:
    assert read_hello(payload(hello("sn1", "Version 3", ("mn1",)))) == Greeting("sn1", "Version 3", ("mn1",))


@pytest.mark.parametrize("have", [None, Mark(), Mark("f", 7)])
def test_a_greeting_says_which_tables_there_are(have: Mark | None) -> None:
    assert read_hello(payload(hello("sn1", "Version 3", have=have))).have == have


def test_an_older_daemon_that_does_not_say_who_is_above_it_is_understood() -> None:
    assert read_hello(b'{"name": "sn1", "version": "Version 3"}') == Greeting("sn1", "Version 3")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"name": "sn1"}',
        b"\xff",
        b'{"name":"a","version":"b","above":3}',
        b'{"name":"a","version":"b","have":"x"}',
    ],
)
def test_anything_else_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed, match="greeting cannot be read"):
        read_hello(text)
