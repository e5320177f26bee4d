"""A server's configuration as far as nodes come and go in it: a head, which -n makes, and entries, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from xcatd.services.dhcp.ranges import Range
from xcatd.services.dhcp.reservations import Reservation
from xcatd.services.dhcp.subnets import Served
from xcatd.services.networks import Address, Network


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept for one MAC of a node; `address` None: nothing is given to it. `text` is the server's own line for it. `node`
    "": somebody else has written it."""

    node: str
    mac: str
    address: Address | None
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """`head` is what the dialect made it of. `networks` and `ranges` are those in the head; `foreign` are entries that are not
    ours and stay in the head. `entries`: by node."""

    head: Any
    networks: tuple[Network, ...]
    ranges: tuple[Range, ...]
    entries: Mapping[str, tuple[Entry, ...]]
    foreign: tuple[Entry, ...] = ()

    def all(self) -> Iterable[Entry]:
        """Ours, by node, then the foreign ones."""
        for node in sorted(self.entries):
            yield from self.entries[node]
        yield from self.foreign


@dataclass(frozen=True, slots=True)
class Change:
    """A configuration that is to take another one's place, with the texts of both. `before` None: what is there is none of ours.
    `keep_old`: the old file stays as a backup."""

    before: Document | None
    after: Document
    old: str
    text: str
    keep_old: bool = False


class Dialect(Protocol):
    """How one kind of server writes it."""

    def fresh(self, served: Served) -> Document:
        """A configuration without nodes."""
        ...

    def entry(self, reservation: Reservation, served: Served) -> Entry: ...

    def parse(self, text: str) -> Document | None:
        """What a file says; None when this program has not made it."""
        ...

    def text(self, document: Document) -> str: ...


Claims = Callable[[str], Sequence[Reservation] | None]
"""What the tables say of a node; None when there is no such node."""


def carried(fresh: Document, old: Document, is_node: Callable[[str], bool]) -> Document:
    """The new configuration with the old entries that still have a place in it: those of nodes that there are, in a network that
    is served and outside its ranges."""

    def fits(entry: Entry) -> bool:
        address = entry.address
        if address is None:
            return True
        return any(address in one for one in fresh.networks) and not any(address in one for one in fresh.ranges)

    kept = {node: tuple(filter(fits, entries)) for node, entries in old.entries.items() if is_node(node)}
    return replace(fresh, entries={node: entries for node, entries in kept.items() if entries})


def without(document: Document, nodes: Iterable[str]) -> Document:
    """The configuration without entries of these nodes."""
    gone = set(nodes)
    return replace(document, entries={node: entries for node, entries in document.entries.items() if node not in gone})


@dataclass(frozen=True, slots=True)
class Merged:
    """`problems`: node and sentence."""

    document: Document
    problems: Sequence[tuple[str, str]]


def merged(document: Document, nodes: Sequence[str], entries: Iterable[Entry], claims: Claims) -> Merged:
    """The configuration with these entries for these nodes, in place of their old ones. A MAC or an address is one node's: the one
    that had it keeps it, as long as the tables say so."""
    left, entries = dict(without(document, nodes).entries), tuple(entries)
    owners = _Owners(document, left, entries)
    problems: list[tuple[str, str]] = []
    added: dict[str, list[Entry]] = {}
    for entry in entries:
        owner = owners.other(entry)
        if owner is not None and not owner.node:
            problems.append((entry.node, _taken(entry, owner)))
            continue
        if owner is not None and owner.node in left and not _still(owner, claims(owner.node)):
            owners.forget(left.pop(owner.node))
            owner = owners.other(entry)
        if owner is not None:
            problems.append((entry.node, _taken(entry, owner)))
            continue
        owners.note(entry)
        if entry not in added.setdefault(entry.node, []):
            added[entry.node].append(entry)
    return Merged(replace(document, entries={**left, **{node: tuple(some) for node, some in added.items()}}), problems)


class _Owners:
    """Who has which MAC and which address, of those that are wanted."""

    def __init__(self, document: Document, left: Mapping[str, Sequence[Entry]], wanted: Sequence[Entry]) -> None:
        self._macs: dict[str, Entry] = {}
        self._addresses: dict[Address, Entry] = {}
        macs, addresses = {one.mac for one in wanted}, {one.address for one in wanted}
        for entry in (*(one for some in left.values() for one in some), *document.foreign):
            if entry.mac in macs or entry.address in addresses:
                self.note(entry)

    def note(self, entry: Entry) -> None:
        self._macs[entry.mac] = entry
        if entry.address is not None:
            self._addresses[entry.address] = entry

    def forget(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._macs.pop(entry.mac, None)
            if entry.address is not None:
                self._addresses.pop(entry.address, None)

    def other(self, entry: Entry) -> Entry | None:
        """An entry of another node that is in the way."""
        found = [self._macs.get(entry.mac)]
        if entry.address is not None:
            found.append(self._addresses.get(entry.address))
        return next((one for one in found if one is not None and one.node != entry.node), None)


def _still(owner: Entry, claimed: Sequence[Reservation] | None) -> bool:
    return any((one.mac, one.address) == (owner.mac, owner.address) for one in claimed or ())


def _taken(entry: Entry, owner: Entry) -> str:
    whose = f"of node {owner.node}" if owner.node else "of an entry that is not xCAT's"
    if entry.mac == owner.mac:
        return f"Node {entry.node} has the MAC address {entry.mac} {whose}: correct table mac"
    return f"Node {entry.node} has the IP address {entry.address} {whose}: correct table hosts"
