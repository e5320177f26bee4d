"""What a synclist says, line by line. Pure.

    /etc/common_hosts -> /etc/hosts                  a file, under another name
    /etc/a /etc/b -> /etc                            several: into a folder
    /etc/a -> (rack1,n[5-9]) /etc/                   for these nodes only
    EXECUTE:                                         a script below, FILE.post, runs after FILE changed on a node
    EXECUTEALWAYS:                                   scripts below run each time
    APPEND:                                          FILE -> the file on the node that gets it as its end
    MERGE:                                           FILE -> /etc/passwd, /etc/shadow or /etc/group

Empty lines, and what stands behind `#` at the begin of a line or behind a blank, do not count. xCAT's page "The synclist file".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError

POST: Final = ".post"
"""The end of the name of a script that belongs to a file."""
MERGED: Final = ("/etc/passwd", "/etc/shadow", "/etc/group")
WILD: Final = frozenset("*?[")
_COMMENT = re.compile(r"(^|\s)#.*")
_ARROW = re.compile(r"(?:^|\s)->(?:\s|$)")
_FOR_NODES = re.compile(r"\((?P<noderange>.*)\)\s+(?P<path>\S+)")


class Clause(StrEnum):
    """What the lines behind such a line are."""

    EXECUTE = "EXECUTE:"
    ALWAYS = "EXECUTEALWAYS:"
    APPEND = "APPEND:"
    MERGE = "MERGE:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for sentences."""

    path: Path
    number: int

    def wrong(self, sentence: str) -> ServiceError:
        """The error for it. The sentence goes on behind the name of the list."""
        return ServiceError(f"line {self.number} of {self.path}: {sentence}")


@dataclass(frozen=True, slots=True)
class Entry:
    """`sources -> (noderange) destination`; `noderange` is "" where all nodes get it."""

    sources: tuple[str, ...]
    destination: str
    noderange: str
    place: Place


@dataclass(frozen=True, slots=True)
class Script:
    """A script by its name on the management node."""

    path: str
    place: Place


@dataclass(slots=True)
class Synclist:
    """All of a list, in its order."""

    files: list[Entry] = field(default_factory=list)
    appended: list[Entry] = field(default_factory=list)
    merged: list[Entry] = field(default_factory=list)
    after: list[Script] = field(default_factory=list)
    always: list[Script] = field(default_factory=list)


def parse(path: Path, text: str) -> Synclist:
    """Read a synclist; `path` is its name for sentences. Raises ServiceError, which names the line."""
    found, clause = Synclist(), None
    for place, line in _lines(path, text):
        clause_here = next((each for each in Clause if line.startswith(each)), None)
        if clause_here is not None:
            if line != clause_here:
                raise place.wrong(f"{clause_here} stands alone: put what belongs to it into the next lines")
            clause = clause_here
        else:
            _take(found, clause, line, place)
    if not any((found.files, found.appended, found.merged, found.after, found.always)):
        raise ServiceError(f"Found no lines to process in {path}.")
    return found


def _lines(path: Path, text: str) -> Iterator[tuple[Place, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        bare = _COMMENT.sub("", line).strip()
        if bare:
            yield Place(path, number), bare


def _take(found: Synclist, clause: Clause | None, line: str, place: Place) -> None:
    match clause:
        case Clause.EXECUTE:
            found.after.append(_post(line, place))
        case Clause.ALWAYS:
            found.always.append(_script(line, place))
        case Clause.APPEND:
            found.appended.append(_pair(line, place, "APPEND"))
        case Clause.MERGE:
            entry = _pair(line, place, "MERGE")
            if entry.destination not in MERGED:
                raise place.wrong(f"MERGE goes into {', '.join(MERGED)} only: use APPEND for {entry.destination}")
            found.merged.append(entry)
        case None:
            found.files.append(_entry(line, place))


def _entry(line: str, place: Place) -> Entry:
    parts = _ARROW.split(line)
    if len(parts) != 2:
        raise place.wrong("it should be FILE ... -> FILE or FOLDER/, with blanks around the arrow")
    sources = tuple(parts[0].split())
    if not sources:
        raise place.wrong("there is no file on the left of the arrow")
    noderange, destination = _aim(parts[1].strip(), place)
    for source in sources:
        _check(source, place, "on the left of the arrow")
    _check(destination, place, "on the right of the arrow")
    return Entry(sources, destination, noderange, place)


def _aim(text: str, place: Place) -> tuple[str, str]:
    """The noderange and the path on the right side."""
    if not text.startswith("("):
        if len(text.split()) != 1:
            raise place.wrong("one path stands on the right of the arrow, without blanks in it")
        return "", text
    found = _FOR_NODES.fullmatch(text)
    if found is None:
        raise place.wrong("on the right of the arrow it should be (NODERANGE) PATH")
    noderange = "".join(found["noderange"].split())
    if not noderange:
        raise place.wrong("there is no node between the parentheses")
    return noderange, found["path"]


def _pair(line: str, place: Place, clause: str) -> Entry:
    """One file for another."""
    entry = _entry(line, place)
    if len(entry.sources) > 1 or entry.destination.endswith("/") or WILD & set(entry.sources[0]):
        raise place.wrong(f"in {clause} it should be FILE -> FILE")
    return entry


def _post(line: str, place: Place) -> Script:
    script = _script(line, place)
    if not script.path.endswith(POST) or script.path.endswith(f"/{POST}"):
        raise place.wrong(f"a script of EXECUTE is FILE{POST} and runs when FILE changed: EXECUTEALWAYS takes others")
    return script


def _script(line: str, place: Place) -> Script:
    if len(line.split()) > 1:
        raise place.wrong("a script stands alone in its line, without words behind it")
    _check(line, place, "of the script")
    return Script(line, place)


def _check(path: str, place: Place, where: str) -> None:
    """Variables are put in later, and checked then."""
    if not path.startswith(("/", "$")):
        raise place.wrong(f"the path {where} is {path}, which does not begin with /")
    if "\0" in path or ".." in path.split("/"):
        raise place.wrong(f"the path {where} is {path}: write it without ..")


def absolute(paths: Sequence[str], place: Place) -> None:
    """Check paths in which variables were put. Raises ServiceError."""
    for path in paths:
        if not path.startswith("/"):
            raise place.wrong(f"the path is {path}, which does not begin with /")
        _check(path, place, "with its variables")
