"""SNMP's questions and answers (RFC 3416, section 3), and the messages of versions 1 and 2c around them (RFC 1157, RFC 1901)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from xcatd.hardware.pdu.ber import NULL, Reader, Value, encoded, integer, octets, oid, sequence

V1, V2C = 0, 1
"""Numbers of versions in messages."""


class Kind(IntEnum):
    GET = 0xA0
    GET_NEXT = 0xA1
    RESPONSE = 0xA2
    SET = 0xA3
    REPORT = 0xA8


class Status(IntEnum):
    """error-status: those that are told apart."""

    NONE = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GENERAL = 5
    NO_ACCESS = 6
    WRONG_TYPE = 7
    WRONG_LENGTH = 8
    WRONG_ENCODING = 9
    WRONG_VALUE = 10
    NO_CREATION = 11
    INCONSISTENT_VALUE = 12
    RESOURCE_UNAVAILABLE = 13
    COMMIT_FAILED = 14
    UNDO_FAILED = 15
    AUTHORIZATION = 16
    NOT_WRITABLE = 17
    INCONSISTENT_NAME = 18


@dataclass(frozen=True, slots=True)
class Binding:
    """An object and its value; in a question without one."""

    oid: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Question:
    """`number` is found in the answer again. Values that are set are numbers."""

    kind: Kind
    number: int
    bindings: Sequence[Binding] = ()

    def encoded(self) -> bytes:
        bound = [
            sequence(oid(each.oid), integer(each.value) if isinstance(each.value, int) else encoded(NULL, b""))
            for each in self.bindings
        ]
        return sequence(integer(self.number), integer(0), integer(0), sequence(*bound), tag=self.kind)


@dataclass(frozen=True, slots=True)
class Answer:
    kind: int
    number: int
    status: int
    bindings: Sequence[Binding]


def read_answer(reader: Reader) -> Answer:
    """Raises Malformed when it is none."""
    kind, content, _ = reader.any()
    inner = Reader(content)
    number, status, _ = inner.integer(), inner.integer(), inner.integer()
    bindings: list[Binding] = []
    bound = inner.within()
    while not bound.is_empty:
        pair = bound.within()
        bindings.append(Binding(pair.oid(), pair.value()))
    return Answer(kind, number, status, bindings)


def with_community(version: int, community: bytes, question: Question) -> bytes:
    """The whole message of version 1 or 2c."""
    return sequence(integer(version), octets(community), question.encoded())


def read_with_community(message: bytes, version: int) -> Answer | None:
    """The answer in a whole message; None: it is one of another version. Raises Malformed."""
    reader = Reader(message).within()
    if reader.integer() != version:
        return None
    reader.octets()
    return read_answer(reader)
