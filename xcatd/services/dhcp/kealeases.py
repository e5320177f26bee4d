"""Leases of addresses that have become another machine's: while Kea has one, the new owner would not get its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xcatd.services.dhcp.document import Document, Entry
from xcatd.services.dhcp.keacontrol import KeaControl
from xcatd.services.networks import Address

_ONE_BY_ONE = 32
"""So many addresses are asked for one by one; of more, all leases are read at once."""


async def take_back(control: KeaControl, before: Document, after: Document) -> Sequence[str]:
    """Remove the leases that stand against the new configuration; gives a sentence for each address that is a node's now and was
    another machine's. Raises ServiceError."""
    owners, said = _changed(before, after), []
    for lease in await _leases(control, list(owners)):
        address, who = str(lease.get("ip-address")), str(lease.get("hw-address") or lease.get("duid", ""))
        if who in owners.get(address, (who,)):
            continue
        await control.remove_lease(address)
        if owners[address]:
            said.append(
                f"{address}, which is kept for {' and '.join(sorted(owners[address]))}, was on lease to {who}: "
                "the lease is taken back, and that machine has the address until it asks again"
            )
    return said


async def _leases(control: KeaControl, addresses: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    if len(addresses) > _ONE_BY_ONE:
        return await control.leases()
    found = [await control.lease(address) for address in addresses]
    return [lease for lease in found if lease is not None]


def _changed(before: Document, after: Document) -> Mapping[str, frozenset[str]]:
    """The addresses whose owners are others than before -> the MACs that they belong to now."""
    nodes = {node for one in (before, after) for node in one.entries if _differs(node, before, after)}
    old, new = _owners(before, nodes), _owners(after, nodes)
    return {
        str(address): new.get(address, frozenset()) for address in {*old, *new} if old.get(address) != new.get(address)
    }


def _differs(node: str, before: Document, after: Document) -> bool:
    old, new = before.entries.get(node), after.entries.get(node)
    return old is not new and old != new


def _owners(document: Document, nodes: Iterable[str]) -> Mapping[Address, frozenset[str]]:
    """Of the addresses of some nodes: an address is one node's, or that of an entry that somebody else has written."""
    owners: dict[Address, list[Entry]] = {}
    for entry in (*(one for node in nodes for one in document.entries.get(node, ())), *document.foreign):
        if entry.address is not None:
            owners.setdefault(entry.address, []).append(entry)
    return {address: frozenset(entry.mac for entry in entries) for address, entries in owners.items()}
