"""Text that cannot be read, or that asks for too much: one sentence with the text, the place and the remedy."""

from __future__ import annotations

import pytest

from tests.unit.noderange.cluster import of_nodes, small
from xcatd.errors import BadNoderange
from xcatd.noderange import bounds, expand, names

UNREADABLE = {
    "node[1-3": r"Cannot read the noderange 'node\[1-3': a bracket .*, so write a list like .* \(character 5\)\.",
    "node[]": "a bracket that is empty",
    "node[1,[2]]": "holds another one",
    "node1]": r"never opened, so remove it or add a \[ \(character 6\)",
    "node[1,]": "a value between two commas or at an end is missing",
    "node[,1]": "a value between two commas",
    "node[1-]": "a value between two commas or at an end",
    "(node1": r"a parenthesis that is not closed, so add a \) \(character 1\)",
    "all,(node1,(node2)": r"not closed, so add a \) \(character 5\)",
    "node1)": "a parenthesis that was never opened",
    "()": "nothing between the parentheses",
    "node1,( ,)": "nothing between the parentheses",
    "node(1)": "a parenthesis inside a name",
    "(node1)node2": "something right after the last item",
    "node1,-": "nothing where a name is expected",
    "--node1": "nothing where a name is expected",
    "node1@": "nothing where a name is expected",
    "node1@@node2": "nothing where a name is expected",
    "/": "nothing where a name is expected",
    "mgt==a(b)": "so write the value as a regular expression with =~",
    "(" * 60 + "node1" + ")" * 60: "more than 50 parentheses inside each other",
    "/node(1": r"a parenthesis of a regular expression that is not closed, so add a \) \(character 6\)",
    "/node[1": "a bracket of a regular expression that is not closed",
    "mgt=~(a": "a parenthesis of a regular expression",
    "x" * 100 + "[": r"'\.\.\.x{40}\['.* \(character 101\)",
}

UNUSABLE_PATTERN = {
    "/*": "nothing to repeat",
    "mgt=~a**": "multiple repeat",
    "/node\\": "bad escape",
    "/a{99999}": "more than 999 times",
    "/(a){9999999999999}": "999 times|repetition number",
    "/[[:digit:]]": "can be read in two ways",
    "/[a--b]": "can be read in two ways",
    "/(?x)a": r"this kind of \(\? is not supported",
    "/(?#a)b": "not supported",
    "/" + "(" * 60 + "a" + ")" * 60: "more than 50 parentheses",
    "/" + "a" * 1001: "more than 1000 characters",
    "/a(?i)": "global flags not at the start",
}

TOO_MUCH = {
    "n[1-1000001]": "'1-1000001' stands for more than 1000000 names: write a smaller range",
    "n[1-999999,1-999999]": "more than 1000000 names",
    "n[1-1001]x[1-1001]": "more than 1000000 names",
    "n1-n999999999999999999": "more than 1000000 names",
    "n1+1000000": "more than 1000000 names",
    "n1+" + "9" * 5000: "more than 1000000 names",
    "n" * 250 + "[100001-100002]": "names of more than 255 characters",
    "n[1-900000],n[1-900000]": "looks at too many names: split it",
}


@pytest.mark.parametrize("text", UNREADABLE | UNUSABLE_PATTERN | TOO_MUCH)
def test_the_caller_learns_what_to_change(text: str) -> None:
    with pytest.raises(BadNoderange, match=(UNREADABLE | UNUSABLE_PATTERN | TOO_MUCH)[text]) as raised:
        expand(text, small())
    assert len(str(raised.value)) < 1200


@pytest.mark.parametrize("text", [*TOO_MUCH, "n" * 300 + "1-5", "n" * 600 + "1-n5", "n" * 300 + "1+2"])
def test_new_names_have_the_same_bounds(text: str) -> None:
    if text in TOO_MUCH:
        with pytest.raises(BadNoderange, match=TOO_MUCH[text]):
            names(text)
    else:
        assert names(text) == (text,)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(.*)*x",
        "(a|a)*b",
        "(?:a|ab)+c",
        "((a+))*b",
        "(a?){30}b",
        "(a{3}){40}b",
        "((a){900}){900}",
        "(?=(a+))*b",
        "((a|b)c)*+",
        "(\\w+\\d)*",
    ],
)
def test_a_pattern_that_takes_exponential_time_is_refused(pattern: str) -> None:
    with pytest.raises(BadNoderange, match="repeats a group that varies itself"):
        expand(f"/{pattern}", of_nodes(["a" * 40]))


@pytest.mark.parametrize("pattern", [".*" * 12 + "x", "a?" * 30 + "a" * 30, "(a|b|ab)" * 20 + "x", "a{1,3}" * 12 + "x"])
def test_a_pattern_with_too_many_ways_is_refused(pattern: str) -> None:
    with pytest.raises(BadNoderange, match="it leaves too much open for texts of 40 characters, so use fewer"):
        expand(f"/{pattern}", of_nodes(["a" * 40]))


@pytest.mark.parametrize(
    "pattern",
    [
        "r\\d+c\\d+b\\d+n\\d+",
        "(r1)?c(2|3)b3n(4)+",
        "r1.*?n4",
        "r++1.*",
        "(?i)R1.*",
        "(?:r|x)1c2b3n4",
        "(?!s).*",
        "r{1,2}.*4",
        "r1{1}c2.*",
    ],
)
def test_ordinary_patterns_are_used(pattern: str) -> None:
    assert expand(f"/{pattern}", of_nodes(["r1c2b3n4", "s1"])).nodes == {"r1c2b3n4"}


def test_patterns_together_may_not_take_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_SECONDS", 0.2)
    slow = of_nodes("a" * 60 + f"{n}" for n in range(100_000))
    with pytest.raises(BadNoderange, match=r"take more than 0\.2 seconds: simplify them"):
        expand("/" + "[a-z]*" * 4 + "X", slow)
