"""Lists of packages, as linuximage.pkglist and linuximage.otherpkglist name them: files with a package a line.

`#INCLUDE:file#` reads another list (a path that does not begin with `/` is one beside it), `#NEW_INSTALL_LIST#` begins another
list, to be installed after the first; `#ENV:NAME=value#` sets a variable for the installation. Other lines with # are comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.postscripts.directives import INCLUDE, VARIABLE
from xcatd.services.postscripts.here import Here

_NEXT: Final = "#NEW_INSTALL_LIST#"
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class PackageList:
    """Names with what may stand before them (`-` not to be there, `@` a group), and variables as NAME=value."""

    packages: Sequence[str]
    variables: Sequence[str] = ()


def package_lists(here: Here, text: str) -> Sequence[PackageList]:
    """The lists in these files, separated by commas. Raises ServiceError for one that is not there."""
    lines = [line for path in text.split(",") if path.strip() for line in _lines(here, Path(path.strip()), 0)]
    parts: list[list[str]] = [[]]
    for line in lines:
        if line == _NEXT:
            parts.append([])
        else:
            parts[-1].append(line)
    found = (PackageList(_packages(part), _variables(part)) for part in parts)
    return [one for one in found if one.packages or one.variables]


def _lines(here: Here, path: Path, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise ServiceError(f"The list of packages {path} includes itself: remove that #INCLUDE:")
    text = here.read(here.below(path))
    if not text:
        raise ServiceError(f"The list of packages {path} is not there, or empty: correct table linuximage, or write it")
    for line in filter(None, map(str.strip, text.splitlines())):
        included = INCLUDE.fullmatch(line)
        if included is None:
            yield line
        else:
            yield from _lines(here, path.parent / included[1], depth + 1)


def _packages(lines: Sequence[str]) -> Sequence[str]:
    names = (name for line in lines if not line.startswith("#") for name in line.partition(" #")[0].split(","))
    return [name.strip() for name in names if name.strip()]


def _variables(lines: Sequence[str]) -> Sequence[str]:
    found = filter(None, map(VARIABLE.fullmatch, lines))
    return [f"{one[1]}={one[2]}" for one in found]
