"""A message while it is typed."""

from __future__ import annotations

import pytest

from xcatd.consoles.message import LONGEST, Message


@pytest.mark.parametrize(
    ("keys", "shown", "text", "rest"),
    [
        (b"hello\rls\r", b"hello", "hello", b"ls\r"),
        ("Gr\u00fc\u00dfe".encode() + b"\x7f\x7f\n", "Gr\u00fc\u00dfe".encode() + b"\b \b\b \b", "Gr\u00fc", b""),
        (b"\x7fx\r", b"\ax", "x", b""),
        (b"a\x1b[31mb\r", b"a\a[31mb", "a[31mb", b""),
        (b"  \r", b"  ", "", b""),
        (b"no\x03more", b"no", "", b"more"),
        (b"\xff\r", b"\xff", "\ufffd", b""),
    ],
)
def test_keys(keys: bytes, shown: bytes, text: str, rest: bytes) -> None:
    message = Message()
    assert message.feed(keys) == (shown, rest)
    assert message.text == text


def test_it_comes_key_by_key_and_has_an_end() -> None:
    message = Message()
    shown = b"".join(message.feed(b"x")[0] for _ in range(LONGEST + 1))
    assert (shown, message.text) == (b"x" * LONGEST + b"\a", None)
    message.feed(b"\r")
    assert message.text == "x" * LONGEST
