"""Changes sent to a server as signed dynamic updates (RFC 2136): hundreds of records a message, many messages under way."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from xcatd.errors import ServiceError
from xcatd.services.dns.changes import LEFT_BEHIND, Change, reverse_questions
from xcatd.services.dns.records import TTL, Record, Wanted
from xcatd.services.dns.server import NoTransfer, Server

BATCH = 300
"""Records in one message, as many as xCAT sends."""
_OCTETS = 48_000
"""What their names may take together: a message has 65,535 at most."""
FEW = 200
"""Records up to which a server is asked for each one by itself, and not for whole zones."""
_SAMPLE = 200
"""Names that are asked for after an update."""
_FORWARD = ("A", "AAAA", "CNAME")
_MEANINGS = {
    dns.rcode.NOTAUTH: "it is not the primary server of this zone, or does not know the key",
    dns.rcode.REFUSED: "the key of table passwd (key=omapi) may not update this zone there: see its allow-update",
    dns.rcode.NOTZONE: "the zone does not hold such names",
    dns.rcode.NOTIMP: "it takes no updates",
    dns.rcode.SERVFAIL: "it cannot write the zone or its journal",
}


_KINDS: Mapping[str, tuple[dns.rdatatype.RdataType, Callable[..., dns.rdata.Rdata]]] = {
    "A": (dns.rdatatype.A, A),
    "AAAA": (dns.rdatatype.AAAA, AAAA),
    "CNAME": (dns.rdatatype.CNAME, CNAME),
    "PTR": (dns.rdatatype.PTR, PTR),
}


async def send(server: Server, changes: Sequence[Change]) -> None:
    """Have a server make the changes, and ask it whether they took. Raises ServiceError."""
    batches = await asyncio.to_thread(lambda: list(_batches(changes)))
    messages = await asyncio.to_thread(lambda: [_message(server, batch) for batch in batches])
    for batch, answer in zip(batches, await server.exchange(messages), strict=True):
        if answer.rcode() != dns.rcode.NOERROR:
            raise ServiceError(_refusal(server, batch, answer.rcode()))
    await verify(server, changes)


async def verify(server: Server, changes: Sequence[Change]) -> None:
    """Ask for some of the names that changed, spread over all of them. Raises ServiceError when an answer is another one."""
    some = changes[:: step(len(changes))]
    asked = {(change.owner, record.kind) for change in some for record in (*change.add, *change.remove)}
    there = await server.lookup(sorted(asked))
    for change in some:
        lost = next((record for record in change.add if record not in there), None)
        kept = next((record for record in change.remove if record in there), None)
        if lost or kept:
            what = f"does not have `{lost}`" if lost else f"still has `{kept}`"
            raise ServiceError(f"The name server at {server.address} took the updates and {what}: see its log")


def step(count: int) -> int:
    """How far apart those of so many are that are asked for."""
    return -(-count // _SAMPLE) or 1


async def present(server: Server, wanted: Wanted) -> set[Record]:
    """What the server has at the names that are wanted, or more."""
    if len(wanted) <= FEW:
        return await _looked_up(server, wanted.all())
    found: set[Record] = set()
    for zone, records in wanted.records.items():
        try:
            found |= (await server.transfer(zone)).records
        except NoTransfer:
            found |= await _looked_up(server, records)
    return found


async def present_at(server: Server, owners: Iterable[str]) -> set[Record]:
    """What the server has at these names, and the reverse names of their addresses."""
    found = await server.lookup([(owner, kind) for owner in owners for kind in (*_FORWARD, *LEFT_BEHIND)])
    return found | await server.lookup(sorted(set(reverse_questions(found))))


async def _looked_up(server: Server, records: Iterable[Record]) -> set[Record]:
    """What the server has at the names of some records, and the reverse names of addresses that it has there."""
    questions = set(_questions(records))
    found = await server.lookup(sorted(questions))
    return found | await server.lookup(sorted(set(reverse_questions(found)) - questions))


def _questions(records: Iterable[Record]) -> Iterator[tuple[str, str]]:
    for record in records:
        kinds = ("PTR",) if record.kind == "PTR" else _FORWARD
        yield from ((record.owner, kind) for kind in kinds)


def _batches(changes: Iterable[Change]) -> Iterator[Sequence[Change]]:
    """The changes zone by zone, so many together as a message holds. What changes at one name stays together."""
    for _, of_zone in itertools.groupby(sorted(changes, key=lambda change: change.zone), lambda change: change.zone):
        batch: list[Change] = []
        records = octets = 0
        for change in of_zone:
            size = sum(len(record.owner) + len(record.data) + 20 for record in (*change.remove, *change.add))
            count = len(change.remove) + len(change.add)
            if batch and (records + count > BATCH or octets + size > _OCTETS):
                yield batch
                batch, records, octets = [], 0, 0
            batch.append(change)
            records, octets = records + count, octets + size
        yield batch


def _message(server: Server, batch: Sequence[Change]) -> dns.update.UpdateMessage:
    """The records are put together here: the library's own way of reading them from text takes twice as long."""
    message = dns.update.UpdateMessage(_name(batch[0].zone), keyring=server.ring)
    for change in batch:
        owner = _name(change.owner)
        for record in change.remove:
            if record.kind in LEFT_BEHIND:
                message.delete(owner, record.kind)
            else:
                message.update.append(_rrset(owner, record, 0, dns.rdataclass.NONE))
        for record in change.add:
            message.update.append(_rrset(owner, record, TTL))
    return message


def _rrset(
    owner: dns.name.Name, record: Record, ttl: int, deleting: dns.rdataclass.RdataClass | None = None
) -> dns.rrset.RRset:
    """One record. To be deleted it has the class NONE (RFC 2136 section 2.5.4)."""
    kind, content = _KINDS[record.kind]
    data = _name(record.data) if record.kind in ("CNAME", "PTR") else record.data
    rrset = dns.rrset.RRset(owner, dns.rdataclass.IN, kind, deleting=deleting)
    rrset.add(content(dns.rdataclass.IN, kind, data), ttl)
    return rrset


def _name(text: str) -> dns.name.Name:
    return dns.name.Name((*(label.encode("latin-1") for label in text.split(".")), b""))


def _refusal(server: Server, batch: Sequence[Change], rcode: dns.rcode.Rcode) -> str:
    """xCAT's words, and what they mean."""
    first = batch[0]
    entry = next(iter((*first.add, *first.remove)))
    meaning = _MEANINGS.get(rcode, "its log says why")
    return (
        f"Failure encountered updating {first.zone} with entry '{entry}', error was {dns.rcode.to_text(rcode)}. "
        f"The name server at {server.address} refuses: {meaning}."
    )
