"""The first frame of either side of a link: who it is, who is above it, and which tables it has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xcatd.errors import Malformed
from xcatd.protocol.frames import Kind, encode


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in the life of a feed: its id, and how many changes it had told of. No feed has the empty id."""

    feed: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Greeting:
    """`above`: the daemons above the one that greets, nearest first. `have`: from where its tables are, and of when; None
    when it has none. `wants_tables`: it has no database of its own."""

    name: str
    version: str
    above: tuple[str, ...] = ()
    have: Mark | None = None
    wants_tables: bool = True


def hello(
    name: str, version: str, above: Sequence[str] = (), have: Mark | None = None, *, wants_tables: bool = True
) -> bytes:
    """Our greeting."""
    greeting = {"name": name, "version": version, "above": list(above), "have": mark_to_plain(have)}
    if not wants_tables:
        greeting["tables"] = False
    return encode(Kind.HELLO, 0, json.dumps(greeting).encode())


def read_hello(payload: bytes) -> Greeting:
    """The greeting of the other side. Raises Malformed."""
    try:
        read = json.loads(payload)
        above = tuple(map(str, read.get("above", ())))
        have, wants_tables = mark_from_plain(read.get("have")), bool(read.get("tables", True))
        return Greeting(str(read["name"]), str(read["version"]), above, have, wants_tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("The other daemon's greeting cannot be read") from error


def mark_to_plain(mark: Mark | None) -> Any:
    """As JSON can write it."""
    return None if mark is None else [mark.feed, mark.number]


def mark_from_plain(plain: Any) -> Mark | None:
    """Raises ValueError or TypeError when it is none."""
    if plain is None:
        return None
    feed, number = plain
    return Mark(str(feed), int(number))
