"""Nodes that come into a configuration and go out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_address

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.services.dhcp.dialects import DIALECTS, served_by
from xcatd.services.dhcp.document import Document, Entry, carried, merged, without
from xcatd.services.dhcp.ranges import Range
from xcatd.services.dhcp.reservations import Reservation

NETWORK = IPv4Network("10.0.0.0/16")


def entry(node: str, number: int, host: int | None) -> Entry:
    address = None if host is None else IPv4Address(f"10.0.0.{host}")
    return Entry(node, f"02:00:00:00:00:{number:02x}", address, f"{node} {number} {host}")


def doc(*entries: Entry, foreign: Sequence[Entry] = (), ranges: Sequence[Range] = ()) -> Document:
    by_node: dict[str, tuple[Entry, ...]] = {}
    for one in entries:
        by_node[one.node] = (*by_node.get(one.node, ()), one)
    return Document("head", (NETWORK,), tuple(ranges), by_node, tuple(foreign))


def claims_of(*entries: Entry) -> object:
    """What the tables say is what these entries say."""

    def claims(node: str) -> Sequence[Reservation] | None:
        return [Reservation(one.node, one.mac, one.address) for one in entries if one.node == node]

    return claims


def nobody(node: str) -> None:
    return None


def test_entries_of_named_nodes_are_replaced_and_others_stay() -> None:
    old = doc(entry("n1", 1, 1), entry("n1", 11, 1), entry("n2", 2, 2))
    made = merged(old, ["n1", "n3"], [entry("n1", 1, 9), entry("n3", 3, 3)], nobody)
    assert made.document == doc(entry("n1", 1, 9), entry("n2", 2, 2), entry("n3", 3, 3))
    assert made.problems == []


def test_several_macs_of_a_node_may_have_one_address() -> None:
    made = merged(doc(), ["n1"], [entry("n1", 1, 1), entry("n1", 2, 1), entry("n1", 1, 1)], nobody)
    assert made.document == doc(entry("n1", 1, 1), entry("n1", 2, 1))


def test_the_first_of_two_nodes_keeps_what_both_want() -> None:
    made = merged(doc(), ["n1", "n2", "n3"], [entry("n1", 1, 1), entry("n2", 1, 2), entry("n3", 3, 1)], nobody)
    assert made.document == doc(entry("n1", 1, 1))
    assert made.problems == [
        ("n2", "Node n2 has the MAC address 02:00:00:00:00:01 of node n1: correct table mac"),
        ("n3", "Node n3 has the IP address 10.0.0.1 of node n1: correct table hosts"),
    ]


def test_a_node_that_is_not_named_keeps_what_the_tables_still_give_it() -> None:
    old = doc(entry("n1", 1, 1))
    made = merged(old, ["n2"], [entry("n2", 1, 2)], claims_of(entry("n1", 1, 1)))  # type: ignore[arg-type]
    assert made.document == old
    assert len(made.problems) == 1


def test_and_loses_what_they_give_to_another() -> None:
    for claims in (claims_of(entry("n1", 5, 1)), nobody):
        made = merged(doc(entry("n1", 1, 1)), ["n2"], [entry("n2", 1, 2)], claims)  # type: ignore[arg-type]
        assert (made.document, made.problems) == (doc(entry("n2", 1, 2)), [])


def test_entries_of_others_are_respected() -> None:
    old = doc(foreign=[entry("", 1, 7)])
    made = merged(old, ["n1", "n2"], [entry("n1", 1, 1), entry("n2", 2, 7)], nobody)
    assert made.document == old
    assert [text.partition(" of ")[2] for _, text in made.problems] == [
        "an entry that is not xCAT's: correct table mac",
        "an entry that is not xCAT's: correct table hosts",
    ]


def test_a_new_configuration_keeps_the_nodes_that_fit() -> None:
    ranges = [Range(IPv4Address("10.0.0.100"), IPv4Address("10.0.0.199"))]
    outside = replace(entry("n4", 4, 4), address=IPv4Address("10.9.0.4"))
    old = doc(entry("n1", 1, 1), entry("n1", 11, None), entry("n2", 2, 150), entry("gone", 3, 3), outside)
    made = carried(doc(ranges=ranges), old, lambda node: node != "gone")
    assert made == doc(entry("n1", 1, 1), entry("n1", 11, None), ranges=ranges)


hosts = st.one_of(st.none(), st.integers(1, 6))
entries = st.lists(st.builds(entry, st.sampled_from(["n1", "n2", "n3", "n4"]), st.integers(1, 6), hosts), max_size=12)


@given(entries, entries)
def test_nobody_has_what_is_anothers(before: list[Entry], wanted: list[Entry]) -> None:
    names = ["n1", "n2", "n3", "n4"]
    first = merged(doc(), names, before, nobody).document
    made = merged(first, sorted({one.node for one in wanted}), wanted, claims_of(*before)).document  # type: ignore[arg-type]
    owners: dict[object, str] = {}
    for one in made.all():
        for key in (one.mac, one.address):
            if key is not None:
                assert owners.setdefault(key, one.node) == one.node


@given(entries)
def test_doing_it_twice_changes_nothing_more(wanted: list[Entry]) -> None:
    names = sorted({one.node for one in wanted})
    once = merged(doc(), names, wanted, nobody).document
    assert merged(once, names, wanted, nobody).document == once
    assert without(once, names) == doc()


names_of_nodes = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
wishes = st.lists(st.tuples(names_of_nodes, st.integers(0, 255), st.integers(0, 200)), max_size=8)


@given(wishes)
def test_both_servers_files_can_be_read_back(wanted: list[tuple[str, int, int]]) -> None:
    """A host number of 0 is none."""
    names = sorted({node for node, _, _ in wanted})
    for dialect in DIALECTS:
        network = "10.0.7." if dialect.version == 4 else "fd00::7:"
        some = [
            Reservation(node, f"02:00:00:00:00:{mac:02x}", ip_address(f"{network}{host}") if host else None)
            for node, mac, host in wanted
        ]
        served = served_by(dialect)
        made = merged(dialect.fresh(served), names, [dialect.entry(one, served) for one in some], nobody).document
        read = dialect.parse(dialect.text(made))
        assert read is not None
        assert {node: set(kept) for node, kept in read.entries.items()} == {
            node: set(kept) for node, kept in made.entries.items()
        }
