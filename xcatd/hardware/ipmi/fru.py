"""FRU data: what is written in a replaceable unit about itself (FRU Information Storage Definition 1.3, sections 8-13).

Checksums are not asked: what can be read is worth more to an operator than none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xcatd.hardware.ipmi.text import fru_text, is_text

HEADER = 8
UNIT = 8
"""Octets: places and lengths of areas are given in these."""

_VERSION = 1
_END = 0xC1
_CHASSIS, _BOARD, _PRODUCT = 2, 3, 4
"""Where the header has the places of the areas."""
_EPOCH = datetime(1996, 1, 1, tzinfo=UTC)
_NO_DATES = (0, 0xFFFFFF)


@dataclass(frozen=True, slots=True)
class Chassis:
    part: str = ""
    serial: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """`made`: when it was manufactured, None: nobody says."""

    made: datetime | None = None
    manufacturer: str = ""
    name: str = ""
    serial: str = ""
    part: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    manufacturer: str = ""
    name: str = ""
    model: str = ""
    version: str = ""
    serial: str = ""
    asset: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fru:
    """`remark`: why there is nothing in it, in xCAT's words; "" for one that can be read."""

    chassis: Chassis = Chassis()
    board: Board = Board()
    product: Product = Product()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Field:
    kind: int
    text: str


def needed(data: bytes, size: int) -> int:
    """How many octets from the beginning of a memory of `size` octets hold the areas that are read here; as far as
    `data`, its first octets, tells."""
    if len(data) < HEADER:
        return min(HEADER, size)
    ends = [_end(data, place * UNIT) for place in data[_CHASSIS : _PRODUCT + 1] if place]
    return min(max(ends, default=HEADER), size)


def _end(data: bytes, start: int) -> int:
    """Where an area ends; its second octet where that has not been read yet."""
    return start + data[start + 1] * UNIT if start + 1 < len(data) else start + 2


def decode_fru(data: bytes) -> Fru:
    """From all octets, or as many as could be read."""
    if not data or data[0] in (0x00, 0xFF):
        return Fru(remark="clear")
    if data[0] & 0x0F != _VERSION or len(data) < HEADER:
        return Fru(remark="Unrecognized FRU format")
    if not any(data[1:6]):
        return Fru(remark="No data available")
    return Fru(
        _chassis(_area(data, _CHASSIS)),
        _board(_area(data, _BOARD)),
        _product(_area(data, _PRODUCT)),
    )


def _area(data: bytes, which: int) -> bytes:
    """The octets of an area; one without a length goes on to the end."""
    start = data[which] * UNIT
    if not start or start + 2 > len(data) or data[start] & 0x0F != _VERSION:
        return b""
    length = data[start + 1] * UNIT
    return data[start : start + length] if length else data[start:]


def _chassis(area: bytes) -> Chassis:
    fields = _fields(area[3:], language=0)
    part, serial = _texts(fields, 2)
    return Chassis(part, serial, _extra(fields[2:]))


def _board(area: bytes) -> Board:
    language = area[2] if len(area) > 2 else 0
    fields = _fields(area[6:], language)
    manufacturer, name, serial, part = _texts(fields, 4)
    return Board(_date(area[3:6]), manufacturer, name, serial, part, _extra(fields[5:]))


def _product(area: bytes) -> Product:
    language = area[2] if len(area) > 2 else 0
    fields = _fields(area[3:], language)
    manufacturer, name, model, version, serial, asset = _texts(fields, 6)
    return Product(manufacturer, name, model, version, serial, asset, _extra(fields[7:]))


def _fields(octets: bytes, language: int) -> Sequence[_Field]:
    """Until the mark of the end, or a field that is cut off."""
    fields: list[_Field] = []
    place = 0
    while place < len(octets) and octets[place] != _END:
        kind, length = octets[place] >> 6, octets[place] & 0x3F
        content = octets[place + 1 : place + 1 + length]
        if len(content) < length:
            break
        fields.append(_Field(kind, fru_text(kind, content, language)))
        place += 1 + length
    return fields


def _texts(fields: Sequence[_Field], count: int) -> list[str]:
    texts = [field.text for field in fields[:count]]
    return texts + [""] * (count - len(texts))


def _extra(fields: Sequence[_Field]) -> tuple[str, ...]:
    """A vendor's own fields, those that are text."""
    return tuple(field.text for field in fields if is_text(field.kind) and field.text)


def _date(octets: bytes) -> datetime | None:
    minutes = int.from_bytes(octets, "little")
    return None if minutes in _NO_DATES else _EPOCH + timedelta(minutes=minutes)
