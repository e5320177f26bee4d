"""A template, read once for all nodes of an image: text, and what is put into it for each node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.blocks import BLOCKS, PACKAGES, REFUSED, package_block
from xcatd.services.autoinst.form import Form, form_of
from xcatd.services.autoinst.image import Image
from xcatd.services.autoinst.places import PLACES, CannotStand, Places, Write
from xcatd.services.autoinst.shelf import Shelf
from xcatd.services.autoinst.source import Line, divided, read_lines
from xcatd.services.autoinst.target import Block, Target
from xcatd.services.autoinst.values import VALUES, Value
from xcatd.services.postscripts.here import Here

_DIRECTIVE: Final = re.compile(r"#([A-Z][A-Z0-9_]{2,})(?::([^#\n]*))?#")
_DEBUGGING: Final = ("UNCOMMENTOENABLEDEBUGPORT", "UNCOMMENTOENABLESSH")
"""Lines that xCAT uncomments when a node is looked into: a shell for everybody in the network. They stay comments."""
_WINDOWS = re.compile(r"WIN[A-Z]+")
_IN_LINES: Final = frozenset({Form.PRESEED, Form.AUTOINSTALL})
"""Here lists of packages stand within a line."""
_SCRIPT_OF_DISK: Final = "XCA_PARTITION_SCRIPT"


@dataclass(frozen=True, slots=True)
class _Hole:
    """A place for a value; `name` is the directive, as it stands there."""

    value: Value
    write: Write
    name: str
    where: str

    def text(self, target: Target) -> str:
        try:
            return self.write(self.value(target))
        except CannotStand as reason:
            raise ServiceError(f"{self.where}: the value of {self.name} cannot stand there: {reason}") from None
        except ServiceError as error:
            raise ServiceError(f"{self.where}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Lines:
    """Whole lines, or what is put into one."""

    block: Block
    indent: str
    where: str
    is_inline: bool = False

    def text(self, target: Target) -> str:
        try:
            lines = self.block(target)
        except ServiceError as error:
            raise ServiceError(f"{self.where}: {error}") from error
        if self.is_inline:
            return " ".join(lines)
        return "".join(f"{self.indent}{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is being read."""

    here: Here
    image: Image
    form: Form
    places: Places

    def block(self, directive: str) -> Block | None:
        """The lines that a directive stands for; None when it stands for none."""
        name = directive.partition(":")[0]
        if PACKAGES.fullmatch(directive):
            return package_block(self.here, self.image, self.form, directive)
        return BLOCKS[name](self.form) if name in BLOCKS else None

    def hole(self, found: re.Match[str], before: str, after: str, where: str) -> Piece:
        """What stands in a line. Raises ServiceError for what is not known, or means nothing here."""
        name, words = found[1], found[2] or ""
        if name in VALUES:
            return _Hole(VALUES[name](self.here, self.image, words), self.places.place(before, after), found[0], where)
        block = self.block(found[0][1:-1])
        if block is not None and name not in BLOCKS and self.form in _IN_LINES:
            return _Lines(block, "", where, is_inline=True)
        if block is not None or name == "INCLUDE":
            raise ServiceError(f"{found[0]} has to stand on a line by itself")
        if name in REFUSED:
            raise ServiceError(f"{found[0]} is not done: {REFUSED[name]}")
        if _WINDOWS.fullmatch(name):
            raise ServiceError(f"{found[0]} is for Windows, which is not installed")
        raise ServiceError(
            f"{found[0]} is no directive that is known: see docs/autoinst.md; in a comment write # {name} #"
        )


Piece = str | _Hole | _Lines


@dataclass(frozen=True, slots=True)
class Template:
    """Makes texts of one file for many nodes."""

    form: Form
    pieces: Sequence[Piece]

    def text(self, target: Target) -> str:
        """Raises ServiceError: the tables lack something for this node, or have what cannot stand there."""
        return "".join(piece if isinstance(piece, str) else piece.text(target) for piece in self.pieces)


def read_template(here: Here, image: Image) -> Template:
    """The template of an image. Raises ServiceError, which names the file and the line."""
    shelf = Shelf(here)
    lines = list(read_lines(shelf, Path(image.template), f"osimage {image.name}"))
    form = form_of(line.text for line in lines)
    lines = list(divided(shelf, image, form, lines))
    if form is Form.KICKSTART and not any(f"#{_SCRIPT_OF_DISK}#" in line.text for line in lines):
        lines += _own_script(image)
    return Template(form, _joined(_pieces(here, image, form, lines)))


def read_script(here: Here, image: Image, path: Path) -> Template:
    """A script that an installer fetches beside its answers. Raises ServiceError."""
    lines = list(read_lines(Shelf(here), path, f"osimage {image.name}"))
    return Template(Form.SHELL, _joined(_pieces(here, image, Form.SHELL, lines)))


def _own_script(image: Image) -> Sequence[Line]:
    if "s:" not in image.partitions:
        return ()
    where = f"partitionfile of {image.name}"
    return [Line(text, where) for text in ("%pre", f"#{_SCRIPT_OF_DISK}#", "%end")]


def _pieces(here: Here, image: Image, form: Form, lines: Sequence[Line]) -> Iterator[Piece]:
    places = PLACES[form]()
    for line in lines:
        try:
            yield from _of_line(_Reading(here, image, form, places), line)
        except ServiceError as error:
            raise ServiceError(f"{line.where}: {error}") from error
        places.passed(line.text)


def _of_line(reading: _Reading, line: Line) -> Iterator[Piece]:
    text, alone = line.text, line.text.strip()
    first = _DIRECTIVE.match(alone)
    if alone.startswith("#") and (first is None or first[1] in _DEBUGGING):
        yield f"{text}\n"  # a comment
        return
    if first is not None and first[0] == alone and (block := reading.block(alone[1:-1])):
        yield _Lines(block, text[: text.index("#")], line.where)
        return
    start, before = 0, ""
    for found in _DIRECTIVE.finditer(text):
        between = text[start : found.start()]
        yield between
        before += between
        yield reading.hole(found, before, text[found.end() :], line.where)
        start, before = found.end(), f"{before}x"
    yield f"{text[start:]}\n"


def _joined(pieces: Iterator[Piece]) -> Sequence[Piece]:
    """Text beside text is one text."""
    made: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and made and isinstance(made[-1], str):
            made[-1] += piece
        else:
            made.append(piece)
    return made
