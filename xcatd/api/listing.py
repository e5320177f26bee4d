"""What listing commands answer to `--json`: one schema for all of them (docs/json.md)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

_MANY = 32768
"""Characters that are gathered before they are sent: a line at a time would cost a reply each."""


class Listing:
    """A JSON array of items `{"type": ..., "name": ..., "attributes": {...}}`, one item a line, sent as they come.

    `plain`: other characters than ASCII are escaped, for clients of xCAT 2, which print them as ISO-8859-1.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]], *, plain: bool = False) -> None:
        self._say = say
        self._plain = plain
        self._lines = ["["]
        self._size = 0
        self._count = 0

    async def add(self, kind: str, name: str, attributes: Mapping[str, str]) -> None:
        """Add an item. Attributes keep their order; texts are sent as they are, but bytes that are no UTF-8 are escaped."""
        if self._count:
            self._lines[-1] += ","
        self._count += 1
        item = {"type": kind, "name": name, "attributes": dict(attributes)}
        text = json.dumps(item, ensure_ascii=self._plain, separators=(",", ":"))
        if _is_torn(text):
            text = json.dumps(item, separators=(",", ":"))
        self._lines.append(text)
        self._size += len(self._lines[-1])
        if self._size > _MANY:
            await self._send(self._lines[:-1])  # the last one may get a comma yet
            self._lines = self._lines[-1:]

    async def close(self) -> None:
        """End the array; one without items is an array too."""
        await self._send([*self._lines, "]"])

    async def _send(self, lines: list[str]) -> None:
        self._size = 0
        await self._say("\n".join(lines))


def _is_torn(text: str) -> bool:
    """Whether it has bytes that were not UTF-8 (lone surrogates), which no JSON can have."""
    try:
        return not (text.isascii() or text.encode())
    except UnicodeEncodeError:
        return True
