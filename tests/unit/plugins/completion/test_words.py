"""A half-typed line as a shell would read it."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.plugins.completion.words import split


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", [""]),
        ("lsdef", ["lsdef"]),
        ("lsdef ", ["lsdef", ""]),
        ("  lsdef  -t\tno", ["lsdef", "-t", "no"]),
        ("lsdef 'n1,n", ["lsdef", "n1,n"]),
        ('chdef n1 usercomment="two words" gro', ["chdef", "n1", "usercomment=two words", "gro"]),
        ("chdef n1 usercomment=two\\ wo", ["chdef", "n1", "usercomment=two wo"]),
        ('lsdef "a\\"b', ["lsdef", 'a"b']),
        ("lsdef '' ", ["lsdef", "", ""]),
    ],
)
def test_lines(line: str, words: list[str]) -> None:
    assert split(line) == words


@given(st.lists(st.text(), min_size=1))
def test_what_is_quoted_comes_back(words: list[str]) -> None:
    assert split(shlex.join(words)) == words
