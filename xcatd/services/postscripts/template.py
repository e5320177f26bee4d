"""A template of mypostscript (protocol.md 2.4): its lines, read once for all nodes, with what is to be put into each.

A line that is a comment and no directive stays as it is. Where a value is put into a line it is quoted for that place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.postscripts.blocks import BLOCKS, Block
from xcatd.services.postscripts.directives import INCLUDE
from xcatd.services.postscripts.dump import SHOWN, dump
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.quoting import Around, around, quoted
from xcatd.services.postscripts.values import VALUES
from xcatd.store.secret import is_secret

NAME: Final = "mypostscript.tmpl"
Value = Callable[[Here, str], str]

_BLOCK = re.compile(rf"#({'|'.join(BLOCKS)})#")
_DUMP = re.compile(r"tabdump\s*\(\s*(\w+)\s*\)")
_VALUE = re.compile(rf"#TABLE:(\w+):\$NODE:(\w+)#|#(MASTER_IP_ADDR|IPADDR)#|\$({'|'.join(VALUES)})(?![A-Za-z0-9_])")
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a line, and what is put there."""

    value: Value
    state: Around

    def text(self, here: Here, node: str) -> str:
        return quoted(self.value(here, node), self.state)


Piece = str | Hole
Line = Block | Sequence[Piece]


def read_template(here: Here, text: str, name: str = NAME, depth: int = 0) -> Iterator[Line]:
    """The lines of a template and of those that it includes. Raises ServiceError, which names the line, for what nodes must not
    have, and for a file that may not be included."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped, where = line.strip(), f"{name} line {number}"
        if block := _BLOCK.fullmatch(stripped):
            yield BLOCKS[block[1]]
        elif dumped := _DUMP.fullmatch(stripped):
            yield partial(dump, table=_checked(dumped[1], where))
        elif included := INCLUDE.fullmatch(stripped):
            yield from _included(here, included[1], where, depth)
        elif stripped.startswith("#"):
            yield (line,)
        else:
            yield tuple(_pieces(here, line, where))


def rendered(lines: Sequence[Line], here: Here, node: str) -> Iterator[str]:
    """The text of each line for a node; a block's is several lines, or none."""
    for line in lines:
        if callable(line):
            yield from line(here, node)
        else:
            yield "".join(piece if isinstance(piece, str) else piece.text(here, node) for piece in line)


def _pieces(here: Here, line: str, where: str) -> Iterator[Piece]:
    start = 0
    for found in _VALUE.finditer(line):
        yield line[start : found.start()]
        yield Hole(_value(here, found, where), around(line[: found.start()]))
        start = found.end()
    yield line[start:]


def _value(here: Here, found: re.Match[str], where: str) -> Value:
    table, column, address, name = found.groups()
    if name:
        return VALUES[name]
    if address:
        return _server if address == "MASTER_IP_ADDR" else _own
    if not here.world.knows(table, column):
        raise ServiceError(f"{where} asks for {table}.{column}, which there is not: correct it")
    if is_secret(table, column):
        raise ServiceError(f"{where} asks for {table}.{column}, a secret, which no script gets: remove it")
    if (table, column) == ("noderes", "xcatmaster"):
        return lambda here, node: here.master(node)
    return lambda here, node: here.world.value(node, table, column)


def _server(here: Here, node: str) -> str:
    return here.master_address(node)


def _own(here: Here, node: str) -> str:
    found = here.address(node)
    return "" if found is None else str(found)


def _included(here: Here, text: str, where: str, depth: int) -> Iterator[Line]:
    """Only what is beside the template, in <installdir>/postscripts: other files of the server are not for nodes."""
    folder = here.scripts
    path = here.below(text) if text.startswith("/") else folder / text
    if ".." in path.parts or not path.is_relative_to(folder):
        raise ServiceError(f"{where} includes {text}, which is not in {folder}: copy it there")
    if depth >= _DEPTH:
        raise ServiceError(f"{where} includes itself: remove that #INCLUDE:")
    found = here.read(path)
    if not found:
        raise ServiceError(f"{where} includes {path}, which is not there, or empty")
    yield from read_template(here, found, Path(path).name, depth + 1)


def _checked(table: str, where: str) -> str:
    if table not in SHOWN:
        raise ServiceError(f"{where} asks for the whole table {table}; nodes may have: {', '.join(sorted(SHOWN))}")
    return table
