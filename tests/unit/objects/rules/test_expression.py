"""What stands in parentheses, and what comes out. The captures are node12, node and 12."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcatd.objects.rules import BadRule, compiled
from xcatd.objects.rules.functions import FUNCTIONS

_CAPTURES = ("node12", "node", "12")


def _value(expression: str) -> str | int:
    return compiled(expression)(_CAPTURES)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", ""),
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("2**-1", 0),
        ("(-1)**3", -1),
        ("0**0", 1),
        ("7/2", 3),
        ("-7/2", -3),
        ("-7%3", -1),
        ("+$2", "12"),
        ("1.5", "1.5"),
        ("1.5*2", 2),
        ("0x1f", 31),
        ("0b101", 5),
        ("010", 8),
        ("'014'+0", 14),
        ("'12ab'+1", 13),
        ("'ab'+1", 1),
        ("1<<4", 16),
        ("256>>4", 16),
        ("6&3", 2),
        ("6|3", 7),
        ("6^3", 5),
        ("'a'.'b'", "ab"),
        ("1 . 2", "12"),
        ("$1.'-'.$2", "node-12"),
        ("'ab' x 3", "ababab"),
        ("'ab' x -1", ""),
        ("$2==12", 1),
        ("$2!=12", ""),
        ("3<=>2", 1),
        ("1<2", 1),
        ("2>=2", 1),
        ("2<=1", ""),
        ("2>1", 1),
        ("'a' lt 'b'", 1),
        ("'a' gt 'b'", ""),
        ("'a' le 'a'", 1),
        ("'a' ge 'b'", ""),
        ("'a' eq 'a'", 1),
        ("'a' ne 'a'", ""),
        ("'a' cmp 'b'", -1),
        ("1 && 2", 2),
        ("0 && 1/0", 0),
        ("3 || 1/0", 3),
        ("'' || 5", 5),
        ("$9 // 6", 6),
        ("'x' // 6", "x"),
        ("1 and 0 or 4", 4),
        ("1 xor 1", ""),
        ("not 0", 1),
        ("!1", ""),
        ("1 ? 2 : 1/0", 2),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("$2 > 10 ? 'b' : 'a'", "b"),
        ("$0", "node12"),
        ("$&", "node12"),
        ("${2}", "12"),
        ("$7", ""),
        (r"'it\'s'", "it's"),
        (r'"\"$1\"\t${2}\$"', '"node"\t12$'),
        ("int(7/2)", 3),
        ("a2idx('c')", 3),
        ("a2zidx('C')", 2),
        ("dim2idx(3)", 3),
        ("dim2idx(2,14,3)", 17),
        ("dim2idx(2,4,1,6,5)", 29),
        ("skip(3,'5')", 3),
        ("skip(5,'5')", -1),
        ("skip(6,'5:2')", -1),
        ("skip(9,'1,5:2')", 6),
        ("ipadd(10,1,1,250,15,0,0)", "10.1.2.9"),
        ("ipadd(10,1,1,1,253,1,1)", "10.1.1.254"),
        ("ipadd(10,1,1,1,254,1,1)", "10.1.2.1"),
        ("ipadd(10,0,255,255,1,0,0)", "10.1.0.0"),
        ("mknum('ab')", 195),
        ("abs(-3)", 3),
        ("chr(65)", "A"),
        ("ord('A')", 65),
        ("hex('ff')", 255),
        ("oct('17')", 15),
        ("index($1,'d')", 2),
        ("length($1)", 4),
        ("lc('AB').uc('cd')", "abCD"),
        ("substr($1,1)", "ode"),
        ("substr($1,1,2)", "od"),
        ("substr($1,-2)", "de"),
        ("substr($1,0,-1)", "nod"),
        ("sprintf('%03d|%-4d|%+d|%x|%X|%o',5,5,5,255,255,8)", "005|5   |+5|ff|FF|10"),
        ("sprintf('%s-%5s-%.2s%%','a','b','cde')", "a-    b-cd%"),
        ("sprintf('%b %06b %-4b|%4b',5,5,1,1)", "101 000101 1   |   1"),
        ("sprintf('%u',-1)", "18446744073709551615"),
        ("sprintf('%.1f %c','2.75',66)", "2.8 B"),
        ("sprintf('%.2f %g %s',3,'x','y')", "3.00 0 y"),
        ("sprintf('%d%s')", "0"),
        ("sprintf('%-*d|%.*f',4,7,1,2)", "7   |2.0"),
        ("join('-','a',2,'c')", "a-2-c"),
        ("ucfirst('abc') . lcfirst('XYZ')", "AbcxYZ"),
        ("rindex('abcabc','b')", 4),
    ],
)
def test_is_worked_out(expression: str, expected: str | int) -> None:
    assert _value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("1 2", "where an operator must stand"),
        ("(1", "lacks a '\\)'"),
        ("1 ? 2", "lacks a ':'"),
        ("int(1 2)", "lacks a ','"),
        ("int 3", "'int' is not a function"),
        ("open('x')", "'open' is not a function"),
        ("abc", "write a text in quotes"),
        ("int()", "got 0 arguments"),
        ("skip(1)", "takes 2 to 2"),
        ("dim2idx(1,2)", "odd number"),
        ("a2idx('')", "does not begin with a letter"),
        ("ipadd(10,0,0,0,0,200,100)", "skips all addresses"),
        ("ipadd(255,255,255,255,1,0,0)", "leaves the IPv4 addresses"),
        ("1%0", "divides by zero"),
        ("9223372036854775807+1", "64 bits"),
        ("3**41", "64 bits"),
        ("2**65", "64 bits"),
        ("1<<64", "0 to 63"),
        ("1>>-1", "0 to 63"),
        ("'a' x 2000", "1024 characters"),
        ("sprintf('%255d%255d%255d%255d%255d',1)", "1024 characters"),
        ("08", "leave out the 0"),
        ("1" * 70, "64 bits"),
        ("10.0.0.1", "cannot be read"),
        ("`id`", "cannot be read"),
        ("'open", "cannot be read"),
        ("$x", "cannot be read"),
        ("{1}", "cannot be read"),
        ("hex('zz')", "not a number of base 16"),
        ("chr(0)", "no character number"),
        ("sprintf('%999d',1)", "smaller width"),
        ("sprintf('%n',1)", "does not know %n"),
        ("(" * 40 + ")" * 40, "30 deep"),
        ("-" * 40 + "1", "30 deep"),
        ("1" + "+1" * 200, "more than 200 parts"),
    ],
)
def test_is_refused_with_a_reason(expression: str, reason: str) -> None:
    with pytest.raises(BadRule, match=reason):
        _value(expression)


_OPERATORS = ["(", ")", ",", "+", "-", "*", "/", "%", "**", ".", "x", "==", "<=>", "<", "?", ":", "&&", "!", "not"]
_OPERANDS = ["0", "1", "9", "010", "9223372036854775807", "1.5", "$1", "$2", "'a'", '"$1"', "'%s%d%c%x%f'", "'1:2'"]
_WORDS = st.sampled_from([*_OPERATORS, *_OPERANDS, *FUNCTIONS])


@settings(deadline=None)
@given(st.lists(_WORDS, max_size=40).map(" ".join))
def test_anything_ends_with_a_value_or_the_one_error(expression: str) -> None:
    try:
        assert isinstance(_value(expression), str | int)
    except BadRule as error:
        assert str(error).endswith(".")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_does(expression: str) -> None:
    try:
        _value(expression)
    except BadRule as error:
        assert str(error)


@pytest.mark.parametrize("expression", ["+".join(["1"] * 100), "**".join(["1"] * 100), "?1:".join(["1"] * 25)])
def test_the_longest_ones_do_not_exhaust_the_stack(expression: str) -> None:
    assert _value(expression) in (1, 100)
