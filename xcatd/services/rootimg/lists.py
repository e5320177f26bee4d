"""Lists of packages (linuximage.pkglist, otherpkglist) become steps of an installation. Pure, but for the lists' files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.packages import PackageList, package_lists
from xcatd.services.rootimg.spec import Step

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:=~^*-]*")
_GROUP: Final = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9+._:/-]*( [A-Za-z0-9+._-]+)*")
_FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*(/[A-Za-z0-9][A-Za-z0-9+._-]*)*")
_NEXT_VARIABLE: Final = re.compile(r"\s+(?=[A-Za-z_]\w*=)", re.ASCII)


def steps_of(here: Here, files: str) -> Sequence[Step]:
    """The steps of a pkglist: `-name` is removed when the others are there, as `--name` is. Raises ServiceError for lists that are
    not there, and for what is no name."""
    return [_step(one, files, dropped=("-", "--")) for one in _lists(here, files)]


def other_steps(here: Here, files: str) -> tuple[Sequence[Step], Sequence[str]]:
    """The steps of an otherpkglist, and the folders below otherpkgdir in which its packages are, "" for itself. `-name` is removed
    before, `--name` behind. Raises ServiceError."""
    lists = _lists(here, files)
    folders = dict.fromkeys(_folder(name, files) for one in lists for name in one.packages if name[0] not in "-@")
    bare = [PackageList([_bare(name) for name in one.packages], one.variables) for one in lists]
    return [_step(one, files, dropped=("--",)) for one in bare], list(folders)


def _lists(here: Here, files: str) -> Sequence[PackageList]:
    return package_lists(here, files) if files.strip() else ()


def _step(one: PackageList, files: str, dropped: tuple[str, ...]) -> Step:
    parts: dict[str, list[str]] = {"": [], "@": [], "-": [], "--": []}
    for name in one.packages:
        mark = next(mark for mark in ("--", "-", "@", "") if name.startswith(mark))
        kept = name.removeprefix(mark)
        if mark == "-" and mark in dropped:
            mark = "--"
        pattern = _GROUP if mark == "@" else _NAME
        if pattern.fullmatch(kept.removeprefix("@")) is None:
            raise ServiceError(f"a list in {files} has {name!r}, which is no name of a package: correct it")
        parts[mark].append(kept)
    install, groups, before, after = (tuple(dict.fromkeys(parts[mark])) for mark in ("", "@", "-", "--"))
    return Step(install, groups, before, after, dict(_variables(one.variables)))


def _variables(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`#ENV:A=1 B=two words#` sets two."""
    for text in texts:
        for assignment in _NEXT_VARIABLE.split(text.strip()):
            name, _, value = assignment.partition("=")
            yield name, value.strip("\"'")


def _folder(name: str, files: str) -> str:
    folder = name.rpartition("/")[0]
    if folder and _FOLDER.fullmatch(folder) is None:
        raise ServiceError(f"a list in {files} has {name!r}, whose folder is none below otherpkgdir: correct it")
    return folder


def _bare(name: str) -> str:
    mark = next(mark for mark in ("--", "-", "@", "") if name.startswith(mark))
    return name if mark == "@" else mark + name.removeprefix(mark).rpartition("/")[2]
