"""The lines of a hosts file."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.hostnames import HostEntry
from xcatd.services.hostsfile import Claim, Order, claim_of, edited, host_lines, line_of

ENTRY = HostEntry("n1", ip_address("10.0.0.1"), "n1", "n1.c.net", ("one", "two"))
CLAIM = claim_of(ENTRY)
LINE = "10.0.0.1 n1 n1.c.net one two\n"


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (Order.SHORT, "10.0.0.1 n1 n1.c.net one two"),
        (Order.LONG, "10.0.0.1 n1.c.net n1 one two"),
        (Order.ALIASES, "10.0.0.1 one two n1.c.net n1"),
    ],
)
def test_the_order_of_names(order: Order, line: str) -> None:
    assert line_of(ENTRY, order) == line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", LINE),
        ("# a comment\n\n", f"# a comment\n\n{LINE}"),
        ("10.0.0.1 old\n10.0.0.2 n2\n", f"{LINE}10.0.0.2 n2\n"),
        ("10.0.0.9\tn1\n10.0.0.2 n2\n", f"{LINE}10.0.0.2 n2\n"),
        ("10.0.0.9 n1.old.net\n", LINE),
        ("10.0.0.9 n1\n10.0.0.1 n1\n10.0.0.1 n1-again\n", LINE),
        ("10.0.0.9 x n1\n", f"10.0.0.9 x n1\n{LINE}"),
        ("10.0.0.9 n11\n", f"10.0.0.9 n11\n{LINE}"),
        ("10.0.0.1 old # rack 5\n", f"{LINE[:-1]} # rack 5\n"),
        ("#10.0.0.1 n1\n", f"#10.0.0.1 n1\n{LINE}"),
        ("127.0.0.1 n1 localhost\n", f"127.0.0.1 n1 localhost\n{LINE}"),
        ("127.0.1.1 n1\n", LINE),
        ("2001:db8::1 n1\n", f"2001:db8::1 n1\n{LINE}"),
        ("10.0.0.2 n2", f"10.0.0.2 n2\n{LINE}"),
        ("junk\n10.0.0.1\n", f"junk\n10.0.0.1\n{LINE}"),
    ],
)
def test_the_line_of_a_node_is_replaced_and_others_stay(old: str, new: str) -> None:
    assert edited(old, [CLAIM]).text == new
    assert edited(new, [CLAIM]).text == new


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1\tn1  n1.c.net one two \n", "10.0.0.1 n1 n1.c.net one two", "10.0.0.1 n1 n1.c.net one two # x\r\n"],
)
def test_a_line_that_says_the_same_stays_as_it_is(text: str) -> None:
    assert edited(text, [CLAIM]).text == text


def test_an_ipv6_address_is_found_in_every_spelling() -> None:
    claim = Claim("2001:db8::1", "n1", "2001:db8::1 n1", "n1")
    assert edited("2001:DB8:0:0::1 old\n", [claim]).text == "2001:db8::1 n1\n"
    assert edited("10.0.0.9 n1\n2001:db8::9 n1\n", [claim]).text == "2001:db8::1 n1\n"


def test_a_link_local_address_stands_beside_others() -> None:
    claim = Claim("fe80::1", "n1", "fe80::1 n1", "n1")
    assert edited("10.0.0.1 n1\nfe80::9 n1\n", [claim]).text == "10.0.0.1 n1\nfe80::1 n1\n"
    assert edited("fe80::1 n1\n2001:db8::9 n1\n", [Claim("2001:db8::1", "n1", "2001:db8::1 n1")]).text == (
        "fe80::1 n1\n2001:db8::1 n1\n"
    )


def test_two_addresses_with_one_name_both_have_lines() -> None:
    claims = [Claim("10.0.0.1", "n1", "10.0.0.1 n1", "n1"), Claim("10.0.0.2", "n1", "10.0.0.2 n1", "n1")]
    assert edited("10.0.0.8 n1\n10.0.0.9 n1\n10.0.0.7 n1\n", claims).text == "10.0.0.1 n1\n10.0.0.2 n1\n"


def test_lines_of_a_node_that_goes_are_removed() -> None:
    claims = [Claim("", "n1", node="n1"), Claim("10.0.0.1", "n1", node="n1"), Claim("10.1.0.1", "n1-ib", node="n1")]
    text = "127.0.0.1 localhost\n10.0.0.1 x\n10.0.0.9 n1.c.net\n\n10.1.0.1 old\n10.0.0.2 n2 n1\n"
    assert edited(text, claims).text == "127.0.0.1 localhost\n\n10.0.0.2 n2 n1\n"


def test_the_line_of_another_node_is_not_taken() -> None:
    text = "10.0.0.1 n2 n2.c.net\n"
    owned = {("10.0.0.1", "n2")}
    made = edited(text, [CLAIM], lambda address, name: (address, name) in owned)
    assert (made.text, made.refused) == (text, [(CLAIM, "n2")])
    before = "10.0.0.9 n1\n10.0.0.1 n2\n"
    assert edited(before, [CLAIM], lambda address, name: (address, name) in owned).text == before
    gone = edited(text, [Claim("10.0.0.1", "n1", node="n1")], lambda address, name: (address, name) in owned)
    assert (gone.text, gone.refused) == (text, [])


def test_lines_are_read() -> None:
    text = "# comment\n\n10.0.0.1 n1 one # rack\njunk x\n2001:DB8::1\tsix\n"
    assert [(one.number, str(one.address), one.names) for one in host_lines(text)] == [
        (3, "10.0.0.1", ("n1", "one")),
        (4, "None", ("x",)),
        (5, "2001:db8::1", ("six",)),
    ]


NAMES = st.sampled_from(["n1", "n2", "n3", "n1-ib", "x", "n1.c.net", "localhost"])
ADDRESSES = st.sampled_from(
    ["10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:DB8:0::1", "fe80::1", "127.0.0.1"]
)
SOME_LINES = st.lists(
    st.one_of(
        st.builds("{} {} {}".format, ADDRESSES, NAMES, NAMES),
        st.builds("{}\t{} # {}".format, ADDRESSES, NAMES, NAMES),
        st.text(st.characters(exclude_characters="\n"), max_size=12),
    ),
    max_size=12,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["10.0.0.1", "10.0.0.2", "2001:db8::1", "fe80::1"]),
    st.tuples(st.sampled_from(["n1", "n2", "n1-ib"]), st.booleans()),
).map(lambda made: [Claim(ip, name, f"{ip} {name}" if wanted else None, name) for ip, (name, wanted) in made.items()])


@given(SOME_LINES, CLAIMS)
def test_what_is_done_twice_is_done(lines: list[str], claims: list[Claim]) -> None:
    once = edited("\n".join(lines), claims).text
    assert edited(once, claims).text == once


@given(SOME_LINES, CLAIMS)
def test_lines_of_others_survive_in_their_order(lines: list[str], claims: list[Claim]) -> None:
    foreign = [f"192.0.2.{number} far{number}  # {line}" for number, line in enumerate(lines)]
    mixed = [one for pair in zip(lines, foreign, strict=True) for one in pair]
    after = edited("\n".join(mixed), claims).text.split("\n")
    assert [line for line in after if line.startswith("192.0.2.")] == foreign


@given(SOME_LINES, CLAIMS)
def test_every_wanted_address_has_its_line_once(lines: list[str], claims: list[Claim]) -> None:
    after = [line.split("#")[0].split() for line in edited("\n".join(lines), claims).text.split("\n")]
    for claim in claims:
        if claim.line is not None:
            assert after.count(claim.line.split()) >= 1
