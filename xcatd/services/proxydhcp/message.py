"""Messages of DHCP as bytes (RFC 2131 section 2, RFC 2132)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

REQUEST, ACK, INFORM = 3, 5, 8
"""Values of option 53."""
(TYPE, SERVER, WANTED, CLASS, VENDOR, TFTP_NAME, FILE, USER_CLASS, ARCHITECTURE, MACHINE) = (
    *(53, 54, 55, 60, 43, 66, 67, 77, 93, 97),
)
_COOKIE = bytes((99, 130, 83, 99))
_HEAD = struct.Struct("!BBBB4sHH4s4s4s4s16s64s128s")
_PAD, _END = 0, 255
_FILE_LENGTH, _MOST = 128, 255
_ASKS, _ANSWERS = 1, 2


@dataclass(frozen=True, slots=True)
class Message:
    """What a machine asks. `client` is the address that it says it has, 0.0.0.0 for none."""

    hardware: bytes
    mac: str
    transaction: bytes
    flags: int
    client: IPv4Address
    relay: bytes
    options: Mapping[int, bytes]

    def number(self, code: int) -> int | None:
        """The first number of two bytes in an option."""
        value = self.options.get(code, b"")
        return int.from_bytes(value[:2], "big") if len(value) >= 2 else None


def read(octets: bytes) -> Message | None:
    """A question; None for what is none."""
    if len(octets) < _HEAD.size + len(_COOKIE) or octets[_HEAD.size : _HEAD.size + len(_COOKIE)] != _COOKIE:
        return None
    op, kind, length, hops, transaction, _, flags, client, _, _, relay, hardware, _, _ = _HEAD.unpack(
        octets[: _HEAD.size]
    )
    if op != _ASKS or length > len(hardware):
        return None
    return Message(
        bytes((kind, length, hops)) + hardware,
        hardware[:length].hex(":"),
        transaction,
        flags,
        IPv4Address(client),
        relay,
        options_of(octets),
    )


def write(question: Message, server: IPv4Address, file: str, options: Mapping[int, bytes]) -> bytes:
    """The answer to a question. `server` has the file."""
    kind, length, hops = question.hardware[:3]
    name = file.encode()
    head = _HEAD.pack(
        *(_ANSWERS, kind, length, hops, question.transaction, 0, question.flags, question.client.packed, bytes(4)),
        *(server.packed, question.relay, question.hardware[3:], b"", name if len(name) < _FILE_LENGTH else b""),
    )
    return head + _COOKIE + b"".join(_option(code, value) for code, value in options.items()) + bytes((_END,))


def options_of(octets: bytes) -> Mapping[int, bytes]:
    """The options of a whole message."""
    return dict(_options(octets[_HEAD.size + len(_COOKIE) :]))


def _options(octets: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 1 < len(octets) and octets[place] != _END:
        if octets[place] == _PAD:
            place += 1
            continue
        code, length = octets[place], octets[place + 1]
        yield code, octets[place + 2 : place + 2 + length]
        place += 2 + length


def _option(code: int, value: bytes) -> bytes:
    value = value[:_MOST]
    return bytes((code, len(value))) + value
