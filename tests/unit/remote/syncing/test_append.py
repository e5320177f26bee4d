"""A text is the end of a file once, however often it comes, and what others wrote into the file stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.remote.syncing.append import Piece, appended, is_original

lines = st.lists(st.sampled_from([b"a", b"b", b"c d", b""]), max_size=4)
texts = lines.map(lambda some: b"".join(b"%s\n" % line for line in some))


@pytest.mark.parametrize(
    ("there", "text", "last", "new"),
    [
        (b"one\n", b"two\n", None, b"one\ntwo\n"),
        (b"one", b"two", None, b"one\ntwo\n"),
        (b"", b"two\n", None, b"two\n"),
        (b"one\ntwo\n", b"two\n", None, b"one\ntwo\n"),
        (b"one\ntwo\n", b"two\n", b"two\n", b"one\ntwo\n"),
        (b"one\ntwo\n", b"three\n", b"two\n", b"one\nthree\n"),
        (b"one\ntwo\nlocal\n", b"three\n", b"two\n", b"one\nthree\nlocal\n"),
        (b"one\ntwo\nthree\n", b"two\n", b"two\nthree\n", b"one\ntwo\n"),
        (b"one\ntwo\n", b"two\nthree\n", b"two\n", b"one\ntwo\nthree\n"),
        (b"one\ntwo\nthree\n", b"two\nthree\n", b"two\n", b"one\ntwo\nthree\n"),
        (b"new\n", b"two\n", b"two\n", b"new\ntwo\n"),
        (b"bigtwo\n", b"two\n", None, b"bigtwo\ntwo\n"),
        (b"one\n", b"", None, b"one\n"),
        (b"one\ntwo\n", b"", b"two\n", b"one\n"),
    ],
)
def test_what_becomes_of_a_file(there: bytes, text: bytes, last: bytes | None, new: bytes) -> None:
    assert appended(there, Piece(text, last)) == new


@given(texts, texts, st.none() | texts)
def test_a_second_time_changes_nothing(there: bytes, text: bytes, last: bytes | None) -> None:
    once = appended(there, Piece(text, last))
    assert appended(once, Piece(text, text)) == once
    assert text in once


@given(texts, texts)
def test_a_new_file_is_the_old_one_and_the_text(there: bytes, text: bytes) -> None:
    new = appended(there, Piece(text))
    assert new in (there, there + text)


def test_a_file_with_nothing_of_it_is_an_original() -> None:
    assert is_original(b"one\n", [Piece(b"two\n", None), Piece(b"three", b"four")])
    assert not is_original(b"one\nfour\n", [Piece(b"two\n", None), Piece(b"three", b"four")])
    assert not is_original(b"two\none\n", [Piece(b"two", None)])
