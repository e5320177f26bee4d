"""Asking an LDAP server whether it works: an anonymous search for its root entry. RFC 4511, 4.1.1 and 4.5; RFC 4512, 5.1."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from xcatd.services.programs import answered

_INTEGER, _OCTETS, _ENUMERATED, _SEQUENCE, _BOOLEAN = 0x02, 0x04, 0x0A, 0x30, 0x01
"""Tags of BER, X.690, 8.1.2."""
_SEARCH, _ENTRY, _DONE, _PRESENT = 0x63, 0x64, 0x65, 0x87
"""[APPLICATION 3], [APPLICATION 4], [APPLICATION 5]; the filter's [7]."""
_BUSY, _UNAVAILABLE, _OTHER = 51, 52, 80
_NAMES: Final = {_BUSY: "busy", _UNAVAILABLE: "unavailable", _OTHER: "other"}
_MOST = 1 << 20
"""Bytes of one message: our question has a short answer."""


@dataclass(frozen=True, slots=True)
class Result:
    """How the search ended: 0, or why not. A server that refuses strangers works all the same."""

    code: int

    @property
    def is_trouble(self) -> bool:
        return self.code in _NAMES

    @property
    def name(self) -> str:
        return _NAMES.get(self.code, str(self.code))


async def ask(host: str, port: int, within: float) -> Result | None:
    """What a server answers; None: nothing that is LDAP, `within` so many seconds."""
    return await answered(lambda: _asked(host, port), within, ConnectionError, EOFError)


def search() -> bytes:
    """The message: attribute `supportedLDAPVersion` of the entry "", whatever its class."""
    wish = (
        _tlv(_OCTETS, b"") + _tlv(_ENUMERATED, b"\0") + _tlv(_ENUMERATED, b"\0") + _tlv(_INTEGER, b"\0")
        + _tlv(_INTEGER, b"\0") + _tlv(_BOOLEAN, b"\0") + _tlv(_PRESENT, b"objectClass")
        + _tlv(_SEQUENCE, _tlv(_OCTETS, b"supportedLDAPVersion"))
    )  # fmt: skip
    return _tlv(_SEQUENCE, _tlv(_INTEGER, b"\1") + _tlv(_SEARCH, wish))


async def _asked(host: str, port: int) -> Result:
    """Raises OSError, EOFError."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(search())
        while True:
            tag, body = await _message(reader)
            if tag == _DONE and len(body) > 2 and body[:2] == bytes((_ENUMERATED, 1)):
                return Result(body[2])
            if tag != _ENTRY:
                raise EOFError("this is not LDAP")
    finally:
        writer.close()


async def _message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next message's operation: its tag and content. Raises EOFError for what is no LDAP."""
    start = await reader.readexactly(2)
    length = start[1]
    if length & 0x80:
        length = int.from_bytes(await reader.readexactly(length & 0x7F))
    if start[0] != _SEQUENCE or length > _MOST:
        raise EOFError("this is not LDAP")
    number, rest = _split(await reader.readexactly(length))
    if number[0] != _INTEGER:
        raise EOFError("this is not LDAP")
    (tag, body), _ = _split(rest)
    return tag, body


def _split(data: bytes) -> tuple[tuple[int, bytes], bytes]:
    """The first element, its tag and content, and what is behind it. Raises EOFError when it is cut off."""
    if len(data) < 2:
        raise EOFError("a message of LDAP is cut off")
    length, begin = data[1], 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[2:begin])
    if begin + length > len(data):
        raise EOFError("a message of LDAP is cut off")
    return (data[0], data[begin : begin + length]), data[begin + length :]


def _tlv(tag: int, content: bytes) -> bytes:
    """An element; ours are all shorter than 128 bytes."""
    return bytes((tag, len(content))) + content
