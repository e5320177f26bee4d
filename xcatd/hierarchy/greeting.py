"""The first frame of either side of a link: who it is, and who is above it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import Malformed
from xcatd.protocol.frames import Kind, encode


@dataclass(frozen=True, slots=True)
class Greeting:
    """`above`: the daemons above the one that greets, nearest first."""

    name: str
    version: str
    above: tuple[str, ...] = ()


def hello(name: str, version: str, above: Sequence[str] = ()) -> bytes:
    """Our greeting."""
    return encode(Kind.HELLO, 0, json.dumps({"name": name, "version": version, "above": list(above)}).encode())


def read_hello(payload: bytes) -> Greeting:
    """The greeting of the other side. Raises Malformed."""
    try:
        read = json.loads(payload)
        return Greeting(str(read["name"]), str(read["version"]), tuple(map(str, read.get("above", ()))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("The other daemon's greeting cannot be read") from error
