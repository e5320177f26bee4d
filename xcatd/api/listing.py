"""What listing commands answer to `--json`: one schema for all of them (docs/json.md)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

_MANY = 32768
"""Characters that are gathered before they are sent: a line at a time would cost a reply each."""


class Listing:
    """A JSON array of items `{"type": ..., "name": ..., "attributes": {...}}`, one item a line, sent as they come."""

    def __init__(self, say: Callable[[str], Awaitable[None]]) -> None:
        self._say = say
        self._lines = ["["]
        self._size = 0
        self._count = 0

    async def add(self, kind: str, name: str, attributes: Mapping[str, str]) -> None:
        """Add an item. Attributes keep their order, texts are sent as they are."""
        if self._count:
            self._lines[-1] += ","
        self._count += 1
        item = {"type": kind, "name": name, "attributes": dict(attributes)}
        self._lines.append(json.dumps(item, ensure_ascii=False, separators=(",", ":")))
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
