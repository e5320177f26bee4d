"""`$` variables in statelite.statemnt and litetree.directory (protocol.md 7.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from xcatd.errors import NotFound, UsageError
from xcatd.objects import World

UNDEFINED: Final = "UNDEFINED"
"""What stands for a variable without a value where it is only shown."""
_RUN: Final = re.compile(r"(?:\$\w+(?:\.\w+)?\.?(?=\$))*\$\w+(?:\.\w+)?", re.ASCII)
"""Variables that stand together: their values get dots between them."""
_ONE: Final = re.compile(r"\$(\w+)(?:\.(\w+))?", re.ASCII)
_COMMAND: Final = "#CMD="


def fill(world: World, node: str, text: str, missing: Callable[[str], str]) -> str:
    """`$noderes.nfsserver:/state/$node` with the node's own values. `missing` is asked for one that is not set, and may raise.

    Raises UsageError for `#CMD=...#`: whoever may write the table would be root on the server.
    """
    if _COMMAND in text:
        raise UsageError(
            f"{text!r}: commands in it ({_COMMAND}) are not run: use variables such as $node or $nodepos.rack"
        )

    def value(found: re.Match[str]) -> str:
        table, column = found[1], found[2]
        if table == "node" and not column:
            return node
        if table == "site" and column:
            return world.snapshot.site(column) or missing(found[0])
        known = column and world.knows(table, column)
        return (known and world.value(node, table, column)) or missing(found[0])

    def together(found: re.Match[str]) -> str:
        return ".".join(value(one) for one in _ONE.finditer(found[0]))

    return _RUN.sub(together, text)


def shown(world: World, node: str, text: str) -> str:
    """For people and for images of xCAT 2: what is not set is UNDEFINED. Raises UsageError as `fill` does."""
    return fill(world, node, text, lambda name: UNDEFINED)


def needed(world: World, node: str, text: str, what: str) -> str:
    """For what is mounted. `what`: the text's place, for the error. Raises NotFound for a variable without a value, UsageError."""

    def missing(name: str) -> str:
        raise NotFound(f"{what} has {name}, which is not set: set it, or write the value itself")

    return fill(world, node, text, missing)


def fixed_part(directory: str) -> str:
    """The folder above the first component with a variable: what must be exported for all nodes' values. "" when it is all."""
    parts = directory.split("/")
    first = next((number for number, part in enumerate(parts) if "$" in part or "#" in part), len(parts))
    return "/".join(parts[:first]).rstrip("/")


def split(text: str) -> tuple[str, str]:
    """`server:dir`: the server, "" for a folder of the image itself, and the folder; IPv6 addresses are in brackets."""
    found = re.match(r"(?:(\[[^\]]+\]|[^/:]*):)?(.*)", text, re.DOTALL)
    assert found is not None
    return found[1] or "", found[2]
