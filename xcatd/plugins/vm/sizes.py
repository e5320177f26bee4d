"""Sizes of disks and memories as they are typed."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.api import UsageError
from xcatd.objects.endpoints.amounts import bytes_in


def listed(texts: Iterable[str]) -> list[str]:
    """`10,20G` `5` -> its three words."""
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def size_in(text: str, unit: str) -> int:
    """Bytes. UsageError: it is no size."""
    size = bytes_in(text, unit)
    if size is None:
        raise UsageError(f"{text!r} is no size: write a number of {unit}B, or one with K, M, G or T behind it")
    return size


def memory_in(text: str) -> int | None:
    """Bytes; a bare number is MB. None: nothing was said."""
    return size_in(text, "M") if text else None


def count_in(text: str) -> int | None:
    """Processors. None: nothing was said."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise UsageError(f"{text!r} is no number of processors")
    return int(text)
