"""Perl's patterns as administrators write them, on names of nodes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.objects.rules import BadRule, pattern_of


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        (r"\z", "ab", ""),
        (r"\d+\Z", "a12\n", "12"),
        (r"\d+$", "a12", "12"),
        (r"^\w", "a12", "a"),
        (r"\Aa", "a12", "a"),
        (r"\D+", "node12", "node"),
        (r"\s\S\W", "a b-", " b-"),
        (r"a.c", "abc", "abc"),
        (r"(ab|a)c", "ac", "ac"),
        (r"(?:ab)+", "ababa", "abab"),
        (r"a{2}", "aaa", "aa"),
        (r"a{2,}", "aaa", "aaa"),
        (r"a{1,2}?", "aaa", "a"),
        (r"a*?b", "aab", "aab"),
        (r"x{a}", "x{a}", "x{a}"),
        (r"[[:digit:]]+", "ab12", "12"),
        (r"[^[:alpha:]_-]+", "ab_-12", "12"),
        (r"[]x]+", "a]x", "]x"),
        (r"[a\-z]+", "b-a", "-a"),
        (r"[a-]+", "b-a", "-a"),
        (r"[\d.]+", "n1.2", "1.2"),
        (r"[\x30-\x39]+", "ab12", "12"),
        (r"\x{41}\x42\t", "xAB\t", "AB\t"),
        (r"(\d)\1", "1233", "33"),
        (r"\bn\d+\b", "a n12", "n12"),
        (r"\.", "a.b", "."),
        (r"(\d*)?x", "12x", "12x"),
        (r"(\d{1,3}\.){3}\d{1,3}", "ip 10.0.0.12", "10.0.0.12"),
        (r"^(.*)-r(\d+)u(\d+)$", "cluster-a-r12u7", "cluster-a-r12u7"),
        ("é+", "caféé", "éé"),
        ("", "abc", ""),
    ],
)
def test_finds(pattern: str, subject: str, expected: str) -> None:
    found = pattern_of(pattern).search(subject)
    assert found is not None
    assert found[0] == expected


def test_finds_nothing_where_nothing_is() -> None:
    assert pattern_of("^x").search("node12") is None


def test_digits_are_ascii() -> None:
    assert pattern_of(r"\d").search("٣") is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "nothing closes"),
        ("a)", "nothing opens"),
        ("[a", "nothing closes"),
        ("*a", "nothing before it"),
        ("a**", "repetition of the repetition"),
        ("^*", "repeats a place"),
        ("a\\", "at its end"),
        (r"\y", r"\\y that is not supported"),
        ("(?i)a", "not supported"),
        ("(?=a)", "not supported"),
        ("[z-a]", "no members"),
        (r"[a-\d]", "no members"),
        ("[[:nosuch:]]", "unknown class"),
        ("a{3,1}", "empty or goes beyond"),
        ("a{256}", "empty or goes beyond"),
        (r"\1", "invalid group reference"),
        ("(" * 30 + ")" * 30, "20 parentheses"),
        ("a" * 600, "longer than 512"),
        ("(a+)+b", "repeats what can repeat"),
        ("(a|a)*b", "repeats what can repeat"),
        ("(a*)*b", "repeats what can repeat"),
        ("(a*b?)*c", "repeats what can repeat"),
        (r"(\w+\s*)+$", "repeats what can repeat"),
    ],
)
def test_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(BadRule, match=reason):
        pattern_of(pattern)


@pytest.mark.parametrize("pattern", [r"([a-z]+\d+-)*x", r"(\.\d+)*$", "(ab|cd)*e", r"([a-z]\d*-)*!"])
def test_repetitions_that_end_clearly_are_not(pattern: str) -> None:
    pattern_of(pattern).search("n1.2.3" * 10)


def test_many_open_repetitions_are_refused_on_long_names_only() -> None:
    pattern = pattern_of("^(.*)a(.*)a(.*)b$")
    assert pattern.search("xaxaxb") is not None
    with pytest.raises(BadRule, match="may take too long on a text of 200 characters"):
        pattern.search("a" * 200)


_PARTS = [
    "a",
    "b",
    "0",
    "-",
    ".",
    r"\d",
    r"\D",
    r"\w",
    r"\z",
    "$",
    "^",
    "(",
    "(?:",
    ")",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{1,9}",
]
_PARTS += ["{2,}", "[ab]", "[^a]", "[a-z0-9]", r"\1", r"\b", "*?"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=30).map("".join), st.text("ab0-", max_size=128))
def test_no_pattern_hangs_or_raises_anything_else(pattern: str, subject: str) -> None:
    try:
        pattern_of(pattern).search(subject)
    except BadRule as error:
        assert str(error)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_raises_anything_else(pattern: str, subject: str) -> None:
    try:
        pattern_of(pattern).search(subject)
    except BadRule as error:
        assert str(error)


@settings(deadline=None)
@given(st.text("ab01-_.", max_size=20), st.sampled_from([r"[a-b]+\d*", "(a|b)1?", r"\w+[-.]", "[^-]*-", "b{1,2}a"]))
def test_means_what_python_means(subject: str, pattern: str) -> None:
    ours, theirs = pattern_of(pattern).search(subject), re.search(pattern, subject, re.ASCII)
    assert (ours and ours.span()) == (theirs and theirs.span())
