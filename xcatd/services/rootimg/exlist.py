"""Lists of what is left out of a packed image (linuximage.exlist), with the syntax of xCAT's: a pattern of `find -path` a line,
`./usr/share/doc*`; with a `+` before it what stays nevertheless; `#` begins a comment, and `#INCLUDE:file#` brings another list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.postscripts.directives import INCLUDE
from xcatd.services.rootimg.patterns import expression

Keeps: TypeAlias = Callable[[str], bool]
"""Whether a path, `./etc/passwd`, stays in the image. A folder that does not is there nevertheless when something in it stays."""
_DEPTH: Final = 10
_COMMENT: Final = re.compile(r"\s*#.*")


@dataclass(frozen=True, slots=True)
class Exlist:
    """`left_out`, `kept`: patterns; what a kept one fits stays. `useless`: lines that fit nothing, each with its place."""

    left_out: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    useless: tuple[str, ...] = ()


def read_exlist(files: Sequence[Path], at: Callable[[Path], Path]) -> Exlist:
    """The lists of an image as one. `at` says where on this host a path is that tables name. It blocks. Raises ServiceError."""
    left_out: list[str] = []
    kept: list[str] = []
    useless: list[str] = []
    for path in files:
        for place, text in _lines(path, at):
            pattern = text.lstrip("+-") if text[0] in "+-" else text
            if not _may_fit(pattern):
                useless.append(f"{place}: {text}")
            else:
                (kept if text[0] == "+" else left_out).append(pattern)
    return Exlist(tuple(dict.fromkeys(left_out)), tuple(dict.fromkeys(kept)), tuple(useless))


def keeper(left_out: Sequence[str], kept: Sequence[str] = ()) -> Keeps:
    """What says whether a path stays."""
    if not left_out:
        return lambda path: True
    fits_out, fits_kept = _any(left_out), _any(kept) if kept else None
    return lambda path: not fits_out(path) or (fits_kept is not None and bool(fits_kept(path)))


def _any(patterns: Sequence[str]) -> Callable[[str], object]:
    return re.compile("|".join(map(expression, patterns)), re.DOTALL).fullmatch


def _lines(path: Path, at: Callable[[Path], Path], depth: int = 0) -> Iterator[tuple[str, str]]:
    """What the lines of a list say, and of those that it includes, each with its place."""
    if depth > _DEPTH:
        raise ServiceError(f"The exlist {path} includes itself: remove that #INCLUDE:")
    place = at(path)
    if not place.is_file():
        raise ServiceError(f"The exlist {path} is not there: correct the osimage's exlist, or write it")
    for number, line in enumerate(read_text(place).splitlines(), 1):
        for included in INCLUDE.findall(line):
            yield from _lines(path.parent / included, at, depth + 1)
        said = _COMMENT.sub("", line).strip()
        if said.strip("+-"):
            yield f"{path} line {number}", said


def _may_fit(pattern: str) -> bool:
    """Whether there are paths for a pattern: all begin with `./`, and none ends with a slash."""
    return bool(pattern) and pattern[0] in ".*?[" and not pattern.endswith("/")
