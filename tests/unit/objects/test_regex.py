"""What an administrator writes as a computed value, and what each node gets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.objects.regex import is_rule, rule_of
from xcatd.objects.rules import BadRule


@pytest.mark.parametrize(
    ("value", "node", "expected"),
    [
        (r"/\z/-bmc/", "node12", "node12-bmc"),
        ("/$/-ipmi/", "node12", "node12-ipmi"),
        (r"/\Z/.bmc/", "node12", "node12.bmc"),
        ("/node/bmc/", "node12", "bmc12"),
        ("/^/bmc-/", "node12", "bmc-node12"),
        ("//bmc-/", "node12", "bmc-node12"),
        (r"/[a-z]+(\d+)/10.0.0.$1/", "node12", "10.0.0.12"),
        (r"/[a-z]+(\d+)/rack${1}0/", "node12", "rack120"),
        (r"|node(\d+)|10.0.0.($1+0)|", "node12", "10.0.0.12"),
        (r"|node(\d+)|10.0.0.($1+0)|", "abc", "abc"),
        (r"|\D+(\d+)|cmm(sprintf('%02d',($1-1)/14+1))|", "node020", "cmm02"),
        (r"|\D+(\d+)|(($1-1)%14+1)|", "node020", "6"),
        ("|10.0.0.($1*2)|", "node020", "10.0.0.40"),
        ("|10.($1).($2/2).1|", "r2n3", "10.2.1.1"),
        ("|(ipadd(10,1,1,250,$1*3,0,0))|", "node5", "10.1.2.9"),
        ("|^node|cn|", "node12", "cn12"),
        (r"|node(\d+)|bmc($1)|", "node020", "bmc020"),
        (r"|\d+|<($&)>|", "a12b", "a<12>b"),
        ("|($1)|", "node", ""),
        ("|^.*$||", "node12", ""),
        ("||", "node12", ""),
        ("|x(1+1)y(2*3)|", "n1", "x2y6"),
        ("|it's (1+1) o'clock|", "n1", "it's 2 o'clock"),
        ("|(sprintf('(%d)',$1))|", "n7", "(7)"),
        ("|rack(7|", "n1", "rack(7"),
        (r"|\D+(\d+)|($1>8?'b':'a')|", "n9", "b"),
    ],
)
def test_a_node_gets(value: str, node: str, expected: str) -> None:
    assert is_rule(value)
    assert rule_of(value).value_for(node) == expected


@pytest.mark.parametrize("value", ["/usr/bin/", "/tftpboot/x86_64/", "/install/my-images.d/"])
def test_a_folder_stands_for_itself(value: str) -> None:
    assert rule_of(value).value_for("node12") == value


def test_a_substitution_that_is_no_folder_and_does_not_match_gives_the_name() -> None:
    assert rule_of(r"/^rack\d/bmc/").value_for("node12") == "node12"


@pytest.mark.parametrize("value", ["", "/", "|", "/usr", "/usr/", "/usr/lib/x/", "|a", "a|", "10.0.0.1", "a/b/c"])
def test_ordinary_values_are_not_computed(value: str) -> None:
    assert not is_rule(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("|(system('reboot'))|", "'system' is not a function"),
        ("|(__import__('os'))|", "'__import__' is not a function"),
        ("|(1/0)|", "divides by zero"),
        ("|(1 +)|", "must stand"),
        (r"|(\d+|x|", "nothing closes"),
        ("|(a+)+b|x|", "repeats what can repeat"),
        ("|(9**99)|", "64 bits"),
        ("|" + "x" * 3000 + "|", "longer than 2048"),
    ],
)
def test_a_wrong_value_says_what_is_wrong(value: str, reason: str) -> None:
    with pytest.raises(BadRule, match=reason.replace("(", r"\(")):
        rule_of(value).value_for("node12")


def test_a_name_out_of_all_measure_is_refused() -> None:
    with pytest.raises(BadRule, match="longer than 255"):
        rule_of("|($1)|").value_for("n" * 256)


_PIECES = [
    "$1",
    "${2}",
    "(",
    ")",
    "+",
    "*",
    "/",
    "%",
    "**",
    "sprintf",
    "'",
    '"',
    ",",
    "(\\d+)",
    "\\z",
    "[a-z]",
    "x",
    "9",
    "?",
]
_names = st.text("abn0123-.", max_size=60)


@settings(deadline=None)
@given(st.sampled_from("|/"), st.lists(st.sampled_from([*_PIECES, "|", "/"])).map("".join), _names)
def test_no_value_raises_anything_else_or_hangs(delimiter: str, inside: str, node: str) -> None:
    value = f"{delimiter}{inside}{delimiter}"
    if is_rule(value):
        try:
            assert isinstance(rule_of(value).value_for(node), str)
        except BadRule as error:
            assert str(error)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_at_all_does(left: str, right: str, node: str) -> None:
    try:
        assert isinstance(rule_of(f"|{left}|{right}|").value_for(node), str)
    except BadRule as error:
        assert str(error)


@pytest.mark.parametrize(
    ("value", "n12", "rack3n7"),
    [
        (r"/\z/-bmc/", "n12-bmc", "rack3n7-bmc"),
        (r"|\D+(\d+)|10.0.0.($1+100)|", "10.0.0.112", "10.0.0.103n7"),
        ("|10.0.($1).($2*2)|", "10.0.12.0", "10.0.3.14"),
        ("|rack(($1-1)/14+1)|", "rack1", "rack1"),
        ("|(sprintf('%02d',$1))|", "12", "03"),
        ("|^.*$||", "", ""),
    ],
)
def test_the_examples_of_the_page_on_objects(value: str, n12: str, rack3n7: str) -> None:
    assert [rule_of(value).value_for(node) for node in ("n12", "rack3n7")] == [n12, rack3n7]
