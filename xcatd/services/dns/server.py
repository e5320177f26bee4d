"""A name server that is asked and told: queries, whole zones (AXFR) and signed updates (RFC 2136) over one TCP connection.

Several messages are under way at once, and what has many records is read and written in a thread: the loop goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final, TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig

from xcatd.errors import ServiceError
from xcatd.services.dns.key import Key
from xcatd.services.dns.layout import PORT
from xcatd.services.dns.records import Record
from xcatd.services.dns.transfer import Context, Part, read_part

PATIENCE = 10.0
"""Seconds that a server may be silent while something is asked."""
WINDOW = 64
"""Questions that are under way at once."""

T = TypeVar("T")

_LENGTH: Final = struct.Struct("!H")
"""What stands before a message on TCP (RFC 1035 section 4.2.2)."""
_AHEAD = 1 << 30
"""A serial number that is so much later than another one is later (RFC 1982), whatever happens meanwhile."""
_APEX = frozenset({dns.rdatatype.SOA, dns.rdatatype.NS})
"""Who answers for a zone: of no concern to those whose names are in it."""


class NoTransfer(ServiceError):
    """The server does not give whole zones, or not this one. Its names can still be asked for one by one."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What a zone holds, all types but those that say who answers for it."""

    serial: int
    records: frozenset[Record]


@dataclass(frozen=True, slots=True)
class Authority:
    """Who answers for a name: its zone, that zone's serial number and the name of its primary server; `is_own`: the server
    that was asked has the zone itself."""

    zone: str
    serial: int
    primary: str
    is_own: bool


class Server:
    """One conversation with a server. Raises ServiceError, which names the server, when it does not answer as it should."""

    def __init__(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: Key | None
    ) -> None:
        self.address = address
        self.ring = None if key is None else dns.tsig.Key(key.name, key.secret.reveal(), key.algorithm)
        self._reader = reader
        self._writer = writer

    async def authority(self, name: str) -> Authority | None:
        """Who answers for a name, by the SOA record in the answer or beside it; None when the server does not know."""
        (answer,) = await self.exchange([dns.message.make_query(name, "SOA")])
        for rrset in (*answer.answer, *answer.authority):
            if rrset.rdtype == dns.rdatatype.SOA:
                own = bool(answer.flags & dns.flags.AA)
                return Authority(_text(rrset.name), rrset[0].serial, _text(rrset[0].mname), own)
        return None

    async def identity(self) -> str:
        """What the server calls itself (RFC 4892, id.server); "" when it says nothing."""
        (answer,) = await self.exchange([dns.message.make_query("id.server", "TXT", "CH")])
        return "".join(rdata.to_text().strip('"') for rrset in answer.answer for rdata in rrset)

    async def notify(self, zone: str) -> None:
        """Have a server that has a copy of a zone look for a newer one (RFC 1996). Whether it does is its own affair."""
        message = dns.message.make_query(zone, "SOA")
        message.flags = dns.flags.AA
        message.set_opcode(dns.opcode.NOTIFY)
        await self.exchange([message])

    async def gives(self, zone: str, serial: int) -> bool:
        """Whether the server gives this host a zone of its own whose serial number is, or was a moment ago, this: it is asked for
        what is newer than a number far ahead (IXFR, RFC 1995 section 2), which takes one record to answer."""
        ahead = (serial + _AHEAD) % (1 << 32)
        query = dns.message.make_query(zone, "IXFR")
        query.authority.append(dns.rrset.from_text(query.question[0].name, 0, "IN", "SOA", f". . {ahead} 0 0 0 0"))
        (answer,) = await self.exchange([query])
        return answer.rcode() == dns.rcode.NOERROR

    async def lookup(self, questions: Iterable[tuple[str, str]]) -> set[Record]:
        """What the server has of these names, each asked for with a type of records."""
        queries = [dns.message.make_query(owner, kind) for owner, kind in questions]
        found: set[Record] = set()
        for query, answer in zip(queries, await self.exchange(queries), strict=True):
            asked = query.question[0]
            for rrset in answer.answer:
                if rrset.rdtype == asked.rdtype and rrset.name == asked.name:
                    found.update(_records(rrset))
        return found

    async def transfer(self, zone: str) -> Zone:
        """The whole zone. NoTransfer when the server does not give it."""
        query = dns.message.make_query(zone, "AXFR")
        if self.ring is not None:
            query.use_tsig(self.ring)
        await self._write([query.to_wire()])
        serials: list[int] = []
        found: set[Record] = set()
        context: Context = None
        while len(serials) < 2:  # the SOA record is the first and the last one (RFC 5936 section 2.2)
            part = await asyncio.to_thread(self._part, await self._read(), query.mac or b"", context)
            serials += part.serials
            if part.rcode or not serials:
                raise NoTransfer(self._refusal(f"does not give the zone {zone}", dns.rcode.Rcode.make(part.rcode)))
            context = part.context
            found |= part.records
        if self.ring is not None and not part.is_signed:
            raise self._unsigned()
        return Zone(serials[0], frozenset(found))

    def _part(self, octets: bytes, request_mac: bytes, context: Context) -> Part:
        """One message of a transfer. Raises ServiceError."""
        try:
            return read_part(octets, self.ring, request_mac, context)
        except dns.exception.DNSException as error:
            raise self._trouble(error) from error

    async def exchange(self, queries: Sequence[dns.message.Message]) -> Sequence[dns.message.Message]:
        """The answers to some messages, in their order."""
        answers: list[dns.message.Message] = []
        for start in range(0, len(queries), WINDOW):
            some = queries[start : start + WINDOW]
            numbered = {}
            for number, query in enumerate(some, start + 1):
                query.id = number & 0xFFFF
                numbered[query.id] = query
            await self._write([await asyncio.to_thread(query.to_wire) for query in some])
            came = dict([await self._answer(numbered) for _ in some])
            answers += [came[query.id] for query in some]
        return answers

    async def _answer(self, asked: dict[int, dns.message.Message]) -> tuple[int, dns.message.Message]:
        octets = await self._read()
        query = asked.pop(int.from_bytes(octets[:2], "big"), None)
        if query is None:
            raise ServiceError(f"What answers at {self.address} is no name server: it answers what nobody asked")
        try:
            answer = dns.message.from_wire(octets, keyring=self.ring, request_mac=query.mac)
        except dns.exception.DNSException as error:
            raise self._trouble(error) from error
        return query.id, answer

    async def _write(self, messages: Iterable[bytes]) -> None:
        for octets in messages:
            self._writer.write(_LENGTH.pack(len(octets)) + octets)
        await self._in_time(self._writer.drain())

    async def _read(self) -> bytes:
        (length,) = _LENGTH.unpack(await self._in_time(self._reader.readexactly(_LENGTH.size)))
        return await self._in_time(self._reader.readexactly(length))

    async def _in_time(self, waiting: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                return await waiting
        except TimeoutError as error:
            raise silent(self.address) from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ServiceError(
                f"The name server at {self.address} hung up in the middle of a talk: see its log"
            ) from error

    def _unsigned(self) -> ServiceError:
        return ServiceError(
            f"The name server at {self.address} does not sign its answers: somebody else may have sent them"
        )

    def _trouble(self, error: dns.exception.DNSException) -> ServiceError:
        return ServiceError(f"The name server at {self.address} {_meaning(error)}")

    def _refusal(self, what: str, rcode: dns.rcode.Rcode) -> str:
        return f"The name server at {self.address} {what}: {dns.rcode.to_text(rcode)}"


def silent(address: str) -> ServiceError:
    return ServiceError(
        f"The name server at {address} is silent for {PATIENCE:g} s: check that named runs there and is not stuck"
    )


@asynccontextmanager
async def conversation(address: str, key: Key | None = None, port: int = PORT) -> AsyncIterator[Server]:
    """Talk with the server at an address, in the name of a key. Raises ServiceError when nobody answers."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address, port)
    except TimeoutError as error:
        raise silent(address) from error
    except OSError as error:
        raise ServiceError(
            f"No name server answers at {address} port {port} ({_reason(error)}): start named there"
        ) from error
    try:
        yield Server(address, reader, writer, key)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _records(rrset: dns.rrset.RRset) -> Iterator[Record]:
    if rrset.rdtype not in _APEX:
        kind = dns.rdatatype.to_text(rrset.rdtype)
        owner = _text(rrset.name)
        for rdata in rrset:
            yield Record(owner, kind, _content(kind, rdata.to_text()))


def _content(kind: str, text: str) -> str:
    """The content of a record, spelled as we spell it."""
    if kind in ("CNAME", "PTR"):
        return text.rstrip(".").lower()
    return str(IPv6Address(text)) if kind == "AAAA" else text


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _meaning(error: dns.exception.DNSException) -> str:
    """What a server means that refuses the signature, or what is wrong with its own."""
    for kind, words in (
        (
            dns.tsig.PeerBadKey,
            "does not know the key of the request (BADKEY): give it the key of table passwd, key=omapi",
        ),
        (
            dns.tsig.PeerBadSignature,
            "has another secret for the key of the request (BADSIG): give it that of table passwd",
        ),
        (dns.tsig.PeerBadTime, "finds that the request was signed at another time (BADTIME): set both clocks"),
        (dns.tsig.BadTime, "signs with another time than ours: set both clocks"),
        (dns.tsig.BadSignature, "signs with another secret than that of table passwd"),
    ):
        if isinstance(error, kind):
            return words
    return f"sends what is no answer, or not signed as it must be ({type(error).__name__}): see its log"


def _reason(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else str(error)).lower()
