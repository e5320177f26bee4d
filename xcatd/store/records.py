"""Lines of JSON in a file that grows at its end: each says whether it is whole, for a machine may die while it writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

_SUM = 9
"""Characters of the checksum and the blank behind it."""


def record(content: Any) -> bytes:
    """The line for what JSON can write."""
    text = json.dumps(content, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (crc32(text), text)


def content_of(line: bytes) -> Any:
    """What a line says. Raises ValueError when it is not whole."""
    if not line.endswith(b"\n") or line[:_SUM] != b"%08x " % crc32(line[_SUM:-1]):
        raise ValueError("a record is damaged")
    return json.loads(line[_SUM:-1])


def whole_records(lines: Iterable[bytes]) -> Iterator[tuple[Any, int]]:
    """What the lines say, and how many bytes each has; stops before the first one that is not whole."""
    for line in lines:
        try:
            content = content_of(line)
        except ValueError:
            return
        yield content, len(line)
