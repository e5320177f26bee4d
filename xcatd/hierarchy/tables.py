"""Tables and changes as they travel on a link."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xcatd.errors import Malformed
from xcatd.store import Append, Change, Delete, Put, TableView, dump_table

ROWS = 2000
"""Rows in one frame: a frame stays well below the limit of 16 MiB."""

_KINDS: Mapping[str, type[Put] | type[Delete] | type[Append]] = {"put": Put, "delete": Delete, "append": Append}


def table_to_json(view: TableView) -> Iterator[bytes]:
    """A table in pieces; the last one says that it is complete."""
    columns, rows = dump_table(view)
    for start in range(0, max(len(rows), 1), ROWS):
        piece = {
            "table": view.table.name,
            "columns": list(columns),
            "rows": [list(row) for row in rows[start : start + ROWS]],
            "more": start + ROWS < len(rows),
        }
        yield json.dumps(piece, separators=(",", ":")).encode()


def changes_to_json(changes: Sequence[Change], author: str) -> bytes:
    words = {Put: "put", Delete: "delete", Append: "append"}
    listed: list[list[Any]] = []
    for change in changes:
        if isinstance(change, Put):
            listed.append([words[Put], change.table, dict(change.key), dict(change.values)])
        elif isinstance(change, Delete):
            listed.append([words[Delete], change.table, dict(change.where)])
        else:
            listed.append([words[Append], change.table, dict(change.values)])
    return json.dumps({"author": author, "changes": listed}, separators=(",", ":")).encode()


def changes_from_json(payload: bytes) -> tuple[list[Change], str]:
    """Changes and their author. Raises Malformed."""
    try:
        read = json.loads(payload)
        changes = [_KINDS[kind](table, *parts) for kind, table, *parts in read["changes"]]
        return changes, str(read["author"])
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("A change of tables from another daemon cannot be read") from error
