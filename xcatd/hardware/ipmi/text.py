"""Text as BMCs store it: packed in one of several ways, as the octet before it says (IPMI 2.0, section 43.15)."""

from __future__ import annotations

import string

_BCD_PLUS = "0123456789 -.:,_"
_SIX_BITS = 6
_LATIN = frozenset({0, 25})
"""Language codes of FRU areas for which a character is one octet: none given, and English."""


def sensor_text(kind: int, data: bytes) -> str:
    """The name in an SDR. `kind`: the two highest bits of its type and length octet."""
    if kind == 0:
        return printable(data.decode("utf-8", "replace"))
    return _packed(kind, data)


def fru_text(kind: int, data: bytes, language: int) -> str:
    """A field of a FRU area (FRU Information Storage Definition 1.3, section 13): in hexadecimal when it is no text."""
    if kind == 0:
        return data.hex(" ")
    if kind == 3 and language not in _LATIN:
        return printable(data.decode("utf-16-le", "replace"))
    return _packed(kind, data)


def is_text(kind: int) -> bool:
    """Whether a field of a FRU area is text."""
    return kind != 0


def printable(text: str) -> str:
    """Without what a terminal would obey, and without the filling around it."""
    kept = "".join(character if character.isprintable() else " " for character in text.rstrip("\0\xff\xfe"))
    return kept.strip(string.whitespace + "\xa0")


def _packed(kind: int, data: bytes) -> str:
    if kind == 1:
        return "".join(_BCD_PLUS[octet >> 4] + _BCD_PLUS[octet & 0x0F] for octet in data).strip()
    if kind == 2:
        return _six_bit(data)
    return printable(data.decode("latin-1"))


def _six_bit(data: bytes) -> str:
    """Four characters in three octets, lowest bits first; of a last incomplete group what is there."""
    bits = int.from_bytes(data, "little")
    count = len(data) * 8 // _SIX_BITS
    return "".join(chr(0x20 + (bits >> _SIX_BITS * place & 0x3F)) for place in range(count)).strip()
