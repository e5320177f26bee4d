"""Messages of a whole zone (AXFR, RFC 5936), read record by record.

The library makes objects for each record, which takes 80 microseconds; a cluster has 60,000 records. This reads what is needed
in a tenth of that, and leaves the signatures (RFC 8945) to the library.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig

from xcatd.services.dns.records import Record

Context = dns.tsig.HMACTSig | dns.tsig.GSSTSig | None
"""What the signature of the next message goes on from."""

_HEADER: Final = struct.Struct("!HHHHHH")
"""Number, flags, and how many questions, answers, authorities and others there are (RFC 1035 section 4.1.1)."""
_FIXED: Final = struct.Struct("!HHIH")
"""Type, class, time to live and length of a record, behind its name (RFC 1035 section 4.1.3)."""
_SERIAL: Final = struct.Struct("!I")
_POINTER: Final = 0xC0
"""What the first octet of a pointer has set (RFC 1035 section 4.1.4)."""
_LABELS: Final = 255
"""A name has not even so many octets."""
_SIGNATURE: Final = dns.rdatatype.TSIG


@dataclass(frozen=True, slots=True)
class Part:
    """What one message says. `serials` has the serial number of each SOA record in it: the first and the last record of a zone
    are its SOA. `is_signed`: by itself; a message in the middle may leave that to a later one."""

    rcode: int
    serials: tuple[int, ...]
    records: frozenset[Record]
    context: Context
    is_signed: bool


class BrokenMessage(dns.exception.FormError):
    """A message that ends too early, or runs in circles."""


def read_part(octets: bytes, key: dns.tsig.Key | None, request_mac: bytes, context: Context) -> Part:
    """Read a message. Raises DNSException when it is broken, or its signature is wrong."""
    try:
        reader = _Reader(octets)
        records, serials = reader.answers()
        signature = reader.signature()
    except (IndexError, struct.error, OSError, ValueError) as error:
        raise BrokenMessage from error
    if key is not None:
        context = _verified(octets, key, request_mac, context, signature)
        if context is None and not reader.rcode:
            raise dns.tsig.BadSignature  # only a refusal may come without
    return Part(reader.rcode, tuple(serials), frozenset(records), context, signature is not None)


def _verified(
    octets: bytes, key: dns.tsig.Key, request_mac: bytes, context: Context, signature: tuple[int, int, int] | None
) -> Context:
    """What the next message goes on from, after a look at the signature. None: nothing was signed yet."""
    if signature is None:
        if context is not None:
            context.update(octets)  # type: ignore[no-untyped-call]  # the library's
        return context
    start, at, length = signature
    owner, _ = dns.name.from_wire(octets, start)
    rdata = dns.rdata.from_wire(dns.rdataclass.ANY, _SIGNATURE, octets, at, length)
    following: Context = dns.tsig.validate(  # type: ignore[no-untyped-call]  # the library's
        octets, key, owner, rdata, int(time.time()), request_mac, start, context, True
    )
    return following


class _Reader:
    """Walks through one message."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._names: dict[int, str] = {}
        _, flags, self._questions, self._answers, authorities, others = _HEADER.unpack_from(octets)
        self._rest = authorities + others
        self.rcode = flags & 0xF
        self._at = _HEADER.size
        for _ in range(self._questions):
            _, self._at = self._name(self._at)
            self._at += 4  # type and class

    def answers(self) -> tuple[set[Record], list[int]]:
        records: set[Record] = set()
        serials: list[int] = []
        for start, kind, at, length in self._walk(self._answers):
            if kind == dns.rdatatype.SOA:
                serials.append(self._serial(at))
            elif kind != dns.rdatatype.NS:
                records.add(Record(self._name(start)[0], *self._data(kind, at, length)))
        return records, serials

    def signature(self) -> tuple[int, int, int] | None:
        """Where the signature is, the last record: its start, its content and how long that is. None without one."""
        found = None
        for start, kind, at, length in self._walk(self._rest):
            found = (start, at, length) if kind == _SIGNATURE else None
        return found

    def _walk(self, count: int) -> Iterator[tuple[int, int, int, int]]:
        """Start, type, content and length of each record."""
        for _ in range(count):
            start = self._at
            _, place = self._name(start)
            kind, _, _, length = _FIXED.unpack_from(self._octets, place)
            place += _FIXED.size
            self._at = place + length
            if self._at > len(self._octets):
                raise ValueError("a record is cut off")
            yield start, kind, place, length

    def _data(self, kind: int, at: int, length: int) -> tuple[str, str]:
        """The type and the content of a record as text; that of types which are not ours, in hexadecimal digits."""
        if kind == dns.rdatatype.A:
            return "A", socket.inet_ntoa(self._octets[at : at + length])
        if kind == dns.rdatatype.AAAA:
            return "AAAA", str(IPv6Address(self._octets[at : at + length]))
        if kind == dns.rdatatype.PTR:
            return "PTR", self._name(at)[0]
        if kind == dns.rdatatype.CNAME:
            return "CNAME", self._name(at)[0]
        return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(kind)), self._octets[at : at + length].hex()

    def _serial(self, at: int) -> int:
        for _ in range(2):  # the server and the mailbox come first
            _, at = self._name(at)
        number: int = _SERIAL.unpack_from(self._octets, at)[0]
        return number

    def _name(self, at: int, start: int | None = None, depth: int = 0) -> tuple[str, int]:
        """The name at a place, in small letters without a dot at the end, and the place behind it.

        `start` is where it begins, when this is not its first label. Names point back only, so none runs in circles.
        """
        start = at if start is None else start
        if depth > _LABELS:
            raise ValueError("a name is too long")
        length = self._octets[at]
        if length == 0:
            return "", at + 1
        if length >= _POINTER:
            target = (length & ~_POINTER) << 8 | self._octets[at + 1]
            if target >= start:
                raise ValueError("a name points ahead")
            return self._names.get(target) or self._name(target, None, depth + 1)[0], at + 2
        end = at + 1 + length
        label = self._octets[at + 1 : end].decode("latin-1").lower()
        rest, behind = self._name(end, start, depth + 1)
        name = self._names[at] = f"{label}.{rest}" if rest else label
        return name, behind
