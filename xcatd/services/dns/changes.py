"""What has to change in zones: the difference between what they shall hold and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from xcatd.services.dns.records import KINDS, Record, Wanted
from xcatd.services.dns.zones import Zones, reverse_name

LEFT_BEHIND = ("TXT", "DHCID")
"""What DHCP servers leave beside a name that they have put there; it goes with the name."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changes at one name. All of it is done or nothing."""

    zone: str
    owner: str
    remove: tuple[Record, ...]
    add: tuple[Record, ...]

    def lines(self) -> Iterator[str]:
        """As a diff has it."""
        yield from (f"-{record}" for record in self.remove)
        yield from (f"+{record}" for record in self.add)


def changes(wanted: Wanted, there: Iterable[Record], zones: Zones) -> Sequence[Change]:
    """What makes the zones hold what is wanted. At a name that is wanted nothing else of our types stays; an address that goes
    takes its reverse name with it. Other names stay as they are."""
    want = _by_owner(wanted.all())
    have = _by_owner(record for record in there if record.kind in KINDS)
    goal = dict(want)
    for owner in want:
        for gone in _stale_reverse(have.get(owner, set()) - want[owner], have):
            goal.setdefault(gone.owner, have[gone.owner] - {gone})
    return _differences(goal, have, zones)


def removals(owners: Iterable[str], there: Iterable[Record], zones: Zones) -> Sequence[Change]:
    """What takes names out of the zones, with the reverse names of their addresses that point to them."""
    have = _by_owner(there)
    goal: dict[str, set[Record]] = {}
    for owner in owners:
        goal[owner] = {record for record in have.get(owner, set()) if record.kind not in (*KINDS, *LEFT_BEHIND)}
        for gone in _stale_reverse(have.get(owner, set()), have):
            goal[gone.owner] = goal.get(gone.owner, have[gone.owner]) - {gone}
    return _differences(goal, have, zones)


def reverse_questions(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    """What to ask for to know the reverse names of the addresses in some records."""
    for record in records:
        if record.kind in ("A", "AAAA"):
            yield reverse_name(ip_address(record.data)), "PTR"


def _stale_reverse(gone: Iterable[Record], have: Mapping[str, set[Record]]) -> Iterator[Record]:
    """The reverse names that stand for address records which go."""
    for record in gone:
        if record.kind in ("A", "AAAA"):
            stale = Record(reverse_name(ip_address(record.data)), "PTR", record.owner)
            if stale in have.get(stale.owner, ()):
                yield stale


def _by_owner(records: Iterable[Record]) -> dict[str, set[Record]]:
    found: dict[str, set[Record]] = {}
    for record in records:
        found.setdefault(record.owner, set()).add(record)
    return found


def _differences(goal: Mapping[str, set[Record]], have: Mapping[str, set[Record]], zones: Zones) -> Sequence[Change]:
    found = []
    for owner in sorted(goal):
        want, got = goal[owner], have.get(owner, set())
        zone = zones.of(owner)
        if zone is not None and want != got:
            found.append(Change(zone, owner, tuple(sorted(got - want)), tuple(sorted(want - got))))
    return found
