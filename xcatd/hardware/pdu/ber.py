"""The Basic Encoding Rules of ASN.1 as far as SNMP has them (X.690; RFC 3417, section 8): bytes <-> values, without I/O."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.errors import Malformed

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
_COUNTED = (INTEGER, 0x41, 0x42, 0x43, 0x46)
"""INTEGER, Counter32, Gauge32, TimeTicks, Counter64: numbers."""

Value = int | bytes | None
"""None: NULL, or that there is no such object."""


def encoded(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


def sequence(*parts: bytes, tag: int = SEQUENCE) -> bytes:
    return encoded(tag, b"".join(parts))


def integer(number: int) -> bytes:
    return encoded(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octets(text: bytes) -> bytes:
    return encoded(OCTETS, text)


def oid(text: str) -> bytes:
    """`text`: numbers with dots between, "1.3.6.1"."""
    first, second, *others = (int(part) for part in text.split("."))
    return encoded(OID, b"".join(_base128(number) for number in (40 * first + second, *others)))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


class Reader:
    """Takes elements from the front of some bytes. Every method raises Malformed when they are not what is expected.

    `start` is where these bytes stand in the whole message, so that `place` can say where the next element is.
    """

    def __init__(self, data: bytes, start: int = 0) -> None:
        self._data = data
        self._next = 0
        self._start = start

    @property
    def is_empty(self) -> bool:
        return self._next == len(self._data)

    def any(self) -> tuple[int, bytes, int]:
        """The tag of the next element, its content, and where in the whole message the content begins."""
        tag, size = self._octet(), self._octet()
        if size & 0x80:
            size = int.from_bytes(self._take(size & 0x7F), "big")
        start = self._start + self._next
        return tag, self._take(size), start

    def element(self, *tags: int) -> bytes:
        """The content of the next element, which has one of these tags."""
        tag, content, _ = self.any()
        if tag not in tags:
            raise Malformed(f"an element 0x{tag:02x} where another was expected")
        return content

    def within(self, *tags: int) -> Reader:
        """A reader for what is in the next element, which has one of these tags."""
        tag, content, start = self.any()
        if tag not in (tags or (SEQUENCE,)):
            raise Malformed(f"an element 0x{tag:02x} where others were to be in it")
        return Reader(content, start)

    def integer(self) -> int:
        return int.from_bytes(self.element(INTEGER), "big", signed=True)

    def octets(self) -> bytes:
        return self.element(OCTETS)

    def oid(self) -> str:
        return _spelled(self.element(OID))

    def value(self) -> Value:
        """A number, a text, or None for all that is neither."""
        tag, content, _ = self.any()
        if tag in _COUNTED:
            return int.from_bytes(content, "big", signed=tag == INTEGER)
        return content if tag == OCTETS else None

    def _octet(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        taken = self._data[self._next : self._next + size]
        if len(taken) < size:
            raise Malformed("a message that is cut off")
        self._next += size
        return taken


def _spelled(content: bytes) -> str:
    numbers = list(_numbers(content))
    if not numbers:
        raise Malformed("an object identifier without numbers")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _numbers(content: bytes) -> Iterable[int]:
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            yield number
            number = 0
