"""What the zones shall hold: worked out from entries and zones, without asking anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from xcatd.services.dns.entries import Entry
from xcatd.services.dns.zones import Zones, reverse_name
from xcatd.services.networks import Address

TTL = 86400
"""Seconds for which others may keep a record."""

KINDS = ("A", "AAAA", "CNAME", "PTR")
"""The types of records that are ours; what else a zone holds is left alone."""


class Record(NamedTuple):
    """One record. Names are in small letters, without a dot at the end; `data` is an address or a name."""

    owner: str
    kind: str
    data: str

    def __str__(self) -> str:
        return f"{self.owner}. IN {self.kind} {self.data}{'.' if self.kind in ('CNAME', 'PTR') else ''}"


DomainOf = Callable[[Address], str | None]
"""Gives the domain of the network that an address lies in; None when DNS does not serve that network."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`records` by zone. `handled` are the names of the hosts, as their entries have them; `remarks` are sentences about what
    is left out or looks wrong."""

    records: Mapping[str, frozenset[Record]]
    handled: tuple[str, ...]
    remarks: tuple[str, ...]

    def all(self) -> Iterator[Record]:
        for records in self.records.values():
            yield from records

    def __len__(self) -> int:
        return sum(map(len, self.records.values()))

    def in_zones(self, zones: Zones) -> Wanted:
        """The same records in the zones in which another server has them; without those for which it has none."""
        found: dict[str, set[Record]] = {}
        for record in self.all():
            zone = zones.of(record.owner)
            if zone is not None:
                found.setdefault(zone, set()).add(record)
        return Wanted({zone: frozenset(records) for zone, records in found.items()}, self.handled, self.remarks)


def wanted(entries: Iterable[Entry], zones: Zones, domain_of: DomainOf) -> Wanted:
    """The records for some entries: an address record for each host, its reverse name, and a CNAME for each alias.

    An address that two hosts have gets the first one's name; a name is either a host's or an alias, never both.
    """
    plan = _Plan(zones)
    for entry in entries:
        domain = domain_of(entry.address)
        if domain is None:
            plan.remarks.append(
                f"Ignoring host {entry.name}, it does not belong to any nets defined in networks table or the net it "
                "belongs to is configured to use an external nameserver."
            )
        elif not domain:
            plan.remarks.append(
                f"Ignoring host {entry.name}, no domain is known for {entry.address}: set the domain of its network or "
                "site.domain."
            )
        else:
            plan.add(entry, domain)
    plan.add_aliases()
    return Wanted(
        {zone: frozenset(records) for zone, records in plan.records.items()}, tuple(plan.handled), tuple(plan.remarks)
    )


class _Plan:
    """The records as they come together."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self.records: dict[str, set[Record]] = {zone: set() for zone in zones.all}
        self.handled: dict[str, None] = {}
        self.remarks: list[str] = []
        self._hosts: dict[str, None] = {}
        self._names: dict[Address, str] = {}
        self._aliases: dict[str, str] = {}

    def add(self, entry: Entry, domain: str) -> None:
        """The host's own records; its aliases wait until all hosts are known."""
        self.handled[entry.name] = None
        host = self._absolute(entry.name, domain)
        self._hosts[host] = None
        kind = "A" if entry.address.version == 4 else "AAAA"
        self._put(Record(host, kind, str(entry.address)))
        first = self._names.setdefault(entry.address, host)
        if first == host:
            self._put(Record(reverse_name(entry.address), "PTR", host))
        else:
            self.remarks.append(
                f"Both {first} and {host} have the address {entry.address}; its reverse name is {first}."
            )
        for name in entry.names[1:]:
            alias = self._absolute(name, domain)
            if alias != host and self._aliases.setdefault(alias, host) != host:
                self.remarks.append(
                    f"Ignoring alias {name} of {entry.name}, it is an alias of {self._aliases[alias]} already."
                )

    def add_aliases(self) -> None:
        for alias, host in self._aliases.items():
            if alias in self._hosts:
                self.remarks.append(f"Ignoring alias {alias} of {host}, a host has this name.")
            elif alias in self.zones.forward:
                self.remarks.append(f"Ignoring alias {alias} of {host}, a domain has this name.")
            else:
                self._put(Record(alias, "CNAME", host))

    def _put(self, record: Record) -> None:
        zone = self.zones.of(record.owner)
        if zone is not None:
            self.records[zone].add(record)

    def _absolute(self, name: str, domain: str) -> str:
        """A name with its domain: its own, when that is one of the cluster's, else the network's."""
        name, domain = name.rstrip(".").lower(), domain.strip(".").lower()
        return name if "." in name and self.zones.of(name) is not None else f"{name}.{domain}"
