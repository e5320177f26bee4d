"""One call of ONC RPC over TCP, without credentials: RFC 5531; its data is XDR (RFC 4506)."""

from __future__ import annotations

import asyncio
import os
import secrets
import struct
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.networks import Address

_CALL, _REPLY, _RPC_VERSION = 0, 1, 2
_LAST = 0x8000_0000
"""In front of a fragment: no other one follows (RFC 5531, 11)."""
_MOST = 4 << 20
"""Bytes of an answer; no list of exports is that long."""
_REFUSALS = {
    1: "has no such program",
    2: "has no such version of the program",
    3: "has no such procedure",
    4: "cannot read the question",
    5: "has an error of its own",
}
"""accept_stat of RFC 5531, 9."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """What is called, by its numbers. Procedure 0 does nothing, and all programs have it."""

    program: int
    version: int
    number: int = 0


class Answer:
    """The result of a call, read from its beginning. What is not there raises ServiceError."""

    def __init__(self, data: bytes, who: str) -> None:
        self._data, self._at, self._who = data, 0, who

    def number(self) -> int:
        """An unsigned integer, or a boolean."""
        return int.from_bytes(self._take(4))

    def text(self) -> str:
        """A string; bytes that are no UTF-8 are kept as they are in names of files."""
        size = self.number()
        return self._take(size, padding=-size % 4).decode(errors="surrogateescape")

    def _take(self, size: int, padding: int = 0) -> bytes:
        end = self._at + size
        if end + padding > len(self._data):
            raise ServiceError(f"{self._who} sends an answer that ends too early")
        piece, self._at = self._data[self._at : end], end + padding
        return piece


def number(value: int) -> bytes:
    """An unsigned integer as XDR."""
    return struct.pack(">I", value)


def text(value: str) -> bytes:
    """A string as XDR."""
    data = value.encode(errors="surrogateescape")
    return number(len(data)) + data + bytes(-len(data) % 4)


async def call(address: Address, port: int, procedure: Procedure, arguments: bytes = b"", *, within: float) -> Answer:
    """Call a procedure and give its result. `within`: seconds for all of it. Raises ServiceError: no answer, or a refusal."""
    who = f"{address} port {port}"
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection(str(address), port)
            try:
                return await _call(reader, writer, procedure, arguments, who)
            finally:
                writer.close()
    except TimeoutError as error:
        raise ServiceError(f"{who} does not answer within {within:g} s") from error
    except (OSError, EOFError) as error:
        number_of = error.errno if isinstance(error, OSError) else None  # the text of asyncio's errors is no sentence
        reason = os.strerror(number_of).lower() if number_of else "it hangs up"
        raise ServiceError(f"{who} does not answer: {reason}") from error


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, procedure: Procedure, arguments: bytes, who: str
) -> Answer:
    ident = secrets.randbits(32)
    head = (ident, _CALL, _RPC_VERSION, procedure.program, procedure.version, procedure.number)
    message = struct.pack(">10I", *head, 0, 0, 0, 0) + arguments  # no credentials, and nothing that proves them
    writer.write(number(_LAST | len(message)) + message)
    await writer.drain()
    answer = Answer(await _record(reader, who), who)
    if (answer.number(), answer.number()) != (ident, _REPLY):
        raise ServiceError(f"{who} answers another question than the one asked")
    _check(answer, who)
    return answer


async def _record(reader: asyncio.StreamReader, who: str) -> bytes:
    """All fragments of one answer."""
    record, more = b"", True
    while more:
        head = int.from_bytes(await reader.readexactly(4))
        more, size = not head & _LAST, head & ~_LAST
        if len(record) + size > _MOST:
            raise ServiceError(f"{who} sends an answer that is too long to be meant")
        record += await reader.readexactly(size)
    return record


def _check(answer: Answer, who: str) -> None:
    """Read on to the result. Raises ServiceError when the call was not done."""
    if answer.number() != 0:
        raise ServiceError(f"{who} does not accept calls from here")
    answer.number(), answer.text()  # what proves who the server is: nothing
    status = answer.number()
    if status:
        raise ServiceError(f"{who} {_REFUSALS.get(status, f'refuses with status {status}')}")
