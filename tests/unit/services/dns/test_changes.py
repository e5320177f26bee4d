"""The difference between what zones shall hold and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.dns.changes import Change, changes, removals, reverse_questions
from xcatd.services.dns.entries import entries_in
from xcatd.services.dns.records import Record, Wanted, wanted
from xcatd.services.dns.zones import zones

ZONES = zones(["cluster.net"], [ip_network("10.0.0.0/24")])


def made(text: str) -> Wanted:
    return wanted(entries_in(text).good, ZONES, lambda address: "cluster.net")


def shown(found: Iterable[Change]) -> list[str]:
    return [line for change in found for line in change.lines()]


def done(there: Iterable[Record], found: Sequence[Change]) -> set[Record]:
    """What is there after changes."""
    result = set(there)
    for change in found:
        result -= set(change.remove)
        result |= set(change.add)
    return result


def test_an_empty_server_gets_everything() -> None:
    found = changes(made("10.0.0.1 n1 one\n"), (), ZONES)
    assert shown(found) == [
        "+1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "+n1.cluster.net. IN A 10.0.0.1",
        "+one.cluster.net. IN CNAME n1.cluster.net.",
    ]
    assert [change.zone for change in found] == ["0.0.10.in-addr.arpa", "cluster.net", "cluster.net"]


def test_a_new_address_takes_the_old_one_and_its_reverse_name_away() -> None:
    there = list(made("10.0.0.1 n1\n10.0.0.5 n5\n").all())
    assert shown(changes(made("10.0.0.2 n1\n"), there, ZONES)) == [
        "-1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "+2.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "-n1.cluster.net. IN A 10.0.0.1",
        "+n1.cluster.net. IN A 10.0.0.2",
    ]


def test_the_reverse_name_of_an_old_address_stays_when_it_is_somebody_elses() -> None:
    there = [*made("10.0.0.1 n1\n").all(), Record("2.0.0.10.in-addr.arpa", "PTR", "n2.cluster.net")]
    there.remove(Record("1.0.0.10.in-addr.arpa", "PTR", "n1.cluster.net"))
    there.append(Record("1.0.0.10.in-addr.arpa", "PTR", "n2.cluster.net"))
    assert "-1.0.0.10.in-addr.arpa. IN PTR n2.cluster.net." not in shown(changes(made("10.0.0.3 n1\n"), there, ZONES))


def test_a_name_that_was_an_alias_becomes_a_host_in_one_step() -> None:
    there = list(made("10.0.0.1 n1 x\n").all())
    (change,) = [
        each for each in changes(made("10.0.0.1 n1\n10.0.0.2 x\n"), there, ZONES) if each.owner == "x.cluster.net"
    ]
    assert list(change.lines()) == ["-x.cluster.net. IN CNAME n1.cluster.net.", "+x.cluster.net. IN A 10.0.0.2"]


def test_what_others_have_put_there_stays() -> None:
    there = {Record("n1.cluster.net", "TXT", '"hello"'), Record("printer.cluster.net", "A", "10.0.0.77")}
    found = changes(made("10.0.0.1 n1\n"), there, ZONES)
    assert all(not change.remove for change in found)
    assert there <= done(there, found)


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_LINES = st.lists(st.tuples(st.integers(1, 5), st.lists(_NAMES, min_size=1, max_size=3)), max_size=6)
_TEXTS = _LINES.map(lambda lines: "".join(f"10.0.0.{number} {' '.join(names)}\n" for number, names in lines))


@given(_TEXTS, _TEXTS)
def test_after_the_changes_there_is_nothing_left_to_change(before: str, after: str) -> None:
    there = done((), changes(made(before), (), ZONES))
    assert there == set(made(before).all())
    goal = made(after)
    result = done(there, changes(goal, there, ZONES))
    assert set(goal.all()) <= result
    assert changes(goal, result, ZONES) == []
    aliases = {record.owner for record in result if record.kind == "CNAME"}
    assert not aliases & {record.owner for record in result if record.kind != "CNAME"}


@given(_TEXTS)
def test_what_was_put_there_can_be_taken_away(text: str) -> None:
    there = set(made(text).all())
    owners = {record.owner for record in there if record.kind != "PTR"}
    assert done(there, removals(sorted(owners), there, ZONES)) == set()


def test_a_name_that_goes_takes_along_what_dhcp_has_left() -> None:
    there = [*made("10.0.0.1 n1\n10.0.0.2 n2 x\n").all(), Record("n1.cluster.net", "TXT", '"31ab"')]
    there.append(Record("n1.cluster.net", "MX", "10 mail.cluster.net."))
    assert shown(removals(["n1.cluster.net"], there, ZONES)) == [
        "-1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "-n1.cluster.net. IN A 10.0.0.1",
        '-n1.cluster.net. IN TXT "31ab"',
    ]
    assert sorted(reverse_questions(there)) == [("1.0.0.10.in-addr.arpa", "PTR"), ("2.0.0.10.in-addr.arpa", "PTR")]


def test_names_that_are_not_there_need_no_removal() -> None:
    assert removals(["n1.cluster.net"], (), ZONES) == []
