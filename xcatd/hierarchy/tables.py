"""Tables and changes as they travel on a link."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from xcatd.errors import Malformed
from xcatd.model import Origin
from xcatd.store import Change
from xcatd.store.changes import Once
from xcatd.store.packing import Item, Unpacked, items
from xcatd.store.patch import Patch, from_plain, to_plain

_ORIGIN = frozenset(field.name for field in fields(Origin))
"""What is known of who writes; a newer version may say more."""
ROWS = 2000
"""Rows or changes in one frame: a frame stays well below the limit of 16 MiB."""


def patch_to_json(table: str, patch: Patch) -> Iterator[bytes]:
    """What is to be told of a table in pieces; the last one says that it is complete."""
    rows = patch.rows
    if not patch.whole:
        yield _json(to_plain(table, patch) | {"more": False})
        return
    for start in range(0, max(len(rows), 1), ROWS):
        piece = to_plain(table, replace(patch, rows=rows[start : start + ROWS]))
        yield _json(piece | {"more": start + ROWS < len(rows)})


class Gathering:
    """Tables of which pieces have come."""

    def __init__(self) -> None:
        self.arrived: dict[str, Patch] = {}
        """What is complete, by table."""
        self._coming: dict[str, list[tuple[str | None, ...]]] = {}

    def take(self, piece: Mapping[str, Any]) -> None:
        """Take one piece. Raises KeyError, TypeError or ValueError when it is none."""
        table, patch = from_plain(dict(piece))
        if not patch.whole:
            self.arrived[table] = patch
            return
        rows = self._coming.setdefault(table, [])
        rows.extend(map(tuple, patch.rows))
        if not piece["more"]:
            self.arrived[table] = replace(patch, rows=self._coming.pop(table))


def changes_to_json(changes: Sequence[Change], origin: Origin, once: Once) -> Iterator[bytes]:
    """A write in pieces; the last one says that it is complete."""
    head = {"author": asdict(origin), "once": [once.writer, once.serial]}
    held: list[Item] = []
    weight = 0
    for item, rows in items(changes):
        if weight + rows > ROWS:
            yield _json({**head, "changes": held, "more": True})
            held, weight = [], 0
        held.append(item)
        weight += rows
    yield _json({**head, "changes": held, "more": False})


class Arriving:
    """A write of which pieces have come."""

    def __init__(self) -> None:
        self._unpacked = Unpacked()
        self.origin = Origin("")
        self.once = Once("", 0)

    @property
    def changes(self) -> list[Change]:
        return self._unpacked.changes

    def take(self, payload: bytes) -> bool:
        """Take the next piece. Returns whether it was the last one. Raises Malformed."""
        try:
            read = json.loads(payload)
            for item in read["changes"]:
                self._unpacked.take(item)
            self.origin = Origin(**{name: str(text) for name, text in read["author"].items() if name in _ORIGIN})
            writer, serial = read["once"]
            self.once = Once(str(writer), int(serial))
            return not read["more"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Malformed("A change of tables from another daemon cannot be read") from error


def _json(piece: Any) -> bytes:
    return json.dumps(piece, separators=(",", ":")).encode()
