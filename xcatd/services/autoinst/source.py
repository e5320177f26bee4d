"""The lines of a template with those of the files that it includes, each with its place; and what partitionfile says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image
from xcatd.services.autoinst.partitions import partition_lines
from xcatd.services.autoinst.shelf import Shelf
from xcatd.services.autoinst.target import site
from xcatd.services.postscripts.directives import INCLUDE

_DEPTH = 10
_START: Final = re.compile(r"\s*(<!--\s*)?#XCAT[_-]PARTITION[_-]START#")
_END: Final = re.compile(r"\s*(<!--\s*)?#XCAT[_-]PARTITION[_-]END#")


@dataclass(frozen=True, slots=True)
class Line:
    """`where`: the file and the number, for errors."""

    text: str
    where: str


def read_lines(shelf: Shelf, path: Path, where: str, depth: int = 0) -> Iterator[Line]:
    """The lines of a file; `#INCLUDE:file#` on a line by itself is one beside it, or anywhere by its path. Raises ServiceError."""
    if depth > _DEPTH:
        raise ServiceError(f"{where} includes itself: remove that #INCLUDE:")
    for number, text in enumerate(shelf.read(path, where).splitlines(), 1):
        place = f"{path} line {number}"
        included = INCLUDE.fullmatch(_with_folders(shelf, text.strip()))
        if included is None:
            yield Line(text, place)
        else:
            yield from read_lines(shelf, path.parent / included[1], place, depth + 1)


def divided(shelf: Shelf, image: Image, form: Form, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with those of partitionfile in the place between the marks; the marks go. Raises ServiceError when the marks are
    missing, and needed."""
    starts = [number for number, line in enumerate(lines) if _START.match(line.text)]
    ends = [number for number, line in enumerate(lines) if _END.match(line.text)]
    if not starts and not ends and not image.partitions:
        return lines
    if len(starts) != 1 or len(ends) != 1 or starts > ends:
        raise ServiceError(
            f"{image.template} has to have one line #XCAT_PARTITION_START#, and one #XCAT_PARTITION_END# behind it"
        )
    start, end = starts[0], ends[0]
    inner = lines[start + 1 : end]
    if image.partitions:
        mark = lines[start]
        indent = mark.text[: len(mark.text) - len(mark.text.lstrip())] if form is Form.AUTOINSTALL else ""
        where = f"partitionfile of {image.name}"
        inner = [Line(f"{indent}{text}", where) for text in partition_lines(shelf, image, form)]
    return [*lines[:start], *inner, *lines[end + 1 :]]


def _with_folders(shelf: Shelf, text: str) -> str:
    """Directives within the name of a file that is included."""
    if not text.startswith("#INCLUDE:#"):
        return text
    text = text.replace("#ENV:XCATROOT#", os.environ.get("XCATROOT", "/opt/xcat"))
    return text.replace("#TABLE:site:key=installdir:value#", site(shelf.here, "installdir"))
