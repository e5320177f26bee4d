"""Sizes as operators write them: a number, and K, M, G or T behind it."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)B?", re.ASCII | re.IGNORECASE)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MOST = 1 << 60


def bytes_in(text: str, unit: str) -> int | None:
    """The bytes, `unit` being the one of a bare number; None when it is no size, or nothing."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    size = int(float(found[1]) * _UNITS[(found[2] or unit).upper()])
    return size if 0 < size < _MOST else None
