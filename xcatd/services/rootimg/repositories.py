"""Where an image's packages come from: folders of this host (trees that copycds made, and others) and URLs of linuximage.pkgdir and
otherpkgdir. It looks at files.

Formats: wiki.debian.org/DebianRepository/Format, sources.list(5); repodata/repomd.xml of RPM repositories.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from xcatd.errors import ServiceError
from xcatd.services.images.folders import below
from xcatd.services.rootimg.spec import Repository

FLAT: Final = "./"
"""The suite of a folder with packages and their index, and no `dists`."""
DEBIAN_ARCHES: Final[Mapping[str, str]] = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "ppc64le": "ppc64el",
    "ppc64el": "ppc64el",
    "x86": "i386",
}
_SUITES: Final[Mapping[str, str]] = {
    **{"debian10": "buster", "debian11": "bullseye", "debian12": "bookworm", "debian13": "trixie"},
    **{"ubuntu20.04": "focal", "ubuntu22.04": "jammy", "ubuntu24.04": "noble"},
}
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"debian": ("main",), "ubuntu": ("main", "universe")}
"""Of a mirror of which only the URL is said."""
_INDEXES: Final = ("Packages", "Packages.gz", "Packages.xz")
_TRUSTED: Final = "trusted=yes"
"""A tree that is made of several media has no signature."""
_DEPTH: Final = ("", "*/", "*/*/", "*/*/*/")
"""How deep repositories may be in a tree: SUSE's media have them in 2/Module-Basesystem."""


def sources_of(places: str, family: str, system: str, arch: str, root: Path) -> tuple[Repository, ...]:
    """The repositories in a comma list of folders and URLs (linuximage.pkgdir). Raises ServiceError for a folder without one."""
    found: list[Repository] = []
    for place in _places(places):
        if family not in _PARTS:
            urls = [place] if "://" in place else map(_file_url, _rpm_folders(below(root, place), place))
            found += map(Repository, urls)
        elif "://" in place:
            found.append(_debian_url(place, _mirror(system, place), _PARTS[family]))
        else:
            found += _debian_folder(below(root, place), place, DEBIAN_ARCHES.get(arch, arch))
    return tuple(found)


def other_sources(places: str, folders: Sequence[str], family: str, arch: str, root: Path) -> tuple[Repository, ...]:
    """The repositories of linuximage.otherpkgdir: of a folder those below it that packages name, "" for itself. Raises
    ServiceError."""
    found: list[Repository] = []
    for place in _places(places):
        if "://" in place:
            found.append(_debian_url(place, FLAT, ()) if family in _PARTS else Repository(place))
            continue
        for folder in (f"{place}/{one}".rstrip("/") for one in folders):
            path = below(root, folder)
            if family in _PARTS:
                found += _debian_folder(path, folder, DEBIAN_ARCHES.get(arch, arch))
            else:
                found += (Repository(_file_url(one)) for one in _rpm_folders(path, folder))
    return tuple(found)


def is_folder(one: Repository) -> Path | None:
    """The folder of a repository of this host."""
    found = re.fullmatch(r"(?:copy|file)://(/.*)", one.url)
    return None if found is None else Path(unquote(found[1]))


def _places(places: str) -> Iterator[str]:
    """Commas within brackets are those of options."""
    yield from filter(None, map(str.strip, re.split(r",(?![^\[]*\])", places)))


def _file_url(folder: Path) -> str:
    return f"file://{quote(str(folder))}"


def _mirror(system: str, place: str) -> str:
    """The suite of a URL that says none. Raises ServiceError."""
    if " " in place.split("] ", 1)[-1]:
        return ""
    found = re.match(r"debian\d+|ubuntu\d+\.\d+", system)
    suite = _SUITES.get(found[0], "") if found else ""
    if not suite:
        raise ServiceError(f"pkgdir has {place} without a suite: write URL SUITE main, as in sources.list")
    return suite


def _debian_url(place: str, suite: str, parts: tuple[str, ...]) -> Repository:
    """`[options] URL suite parts`, of which only the URL must be there."""
    options, rest = "", place
    if place.startswith("["):
        options, _, rest = place[1:].partition("]")
    words = rest.split()
    if not words or "://" not in words[0]:
        raise ServiceError(f"{place!r} is no repository: write URL SUITE main, as in sources.list")
    if len(words) > 1:
        suite, parts = words[1], tuple(words[2:])
    is_flat = suite.endswith("/")
    return Repository(words[0], suite, () if is_flat else parts, options or (_TRUSTED if is_flat else ""))


def _debian_folder(folder: Path, called: str, arch: str) -> Iterator[Repository]:
    """A tree with `dists`, one or more suites of it; else a folder with an index."""
    if " " in str(folder):
        raise ServiceError(f"{called} has a blank in its name, which apt cannot read: call it otherwise")
    url, found = f"copy://{folder}", False
    for suite in sorted(one for one in folder.glob("dists/*") if (one / "Release").is_file()):
        if not suite.is_symlink() and (parts := _parts(suite, arch)):
            found = True
            yield Repository(url, suite.name, parts, _TRUSTED)
    if not found and any((folder / name).is_file() for name in _INDEXES):
        found = True
        yield Repository(url, FLAT, (), _TRUSTED)
    if not found:
        raise ServiceError(
            f"{called} has no packages for {arch} (dists/*/Release or Packages): copy a medium with copycds, or make an index with "
            f"(cd {shlex.quote(called)}; dpkg-scanpackages -m . >Packages)"
        )


def _parts(suite: Path, arch: str) -> tuple[str, ...]:
    """The parts that have packages for an architecture: main, contrib ..."""
    found = {index.parent.parent for name in _INDEXES for index in suite.glob(f"*/binary-{arch}/{name}")}
    return tuple(sorted(one.name for one in found))


def _rpm_folders(folder: Path, called: str) -> Sequence[Path]:
    """The folders with `repodata` in a tree: itself, else those below it. Raises ServiceError when there are none."""
    for depth in _DEPTH:
        found = sorted(one.parent.parent for one in folder.glob(f"{depth}repodata/repomd.xml"))
        if found:
            return found
    raise ServiceError(
        f"{called} has no packages (repodata/repomd.xml): copy a medium with copycds, or make an index with "
        f"createrepo_c {shlex.quote(called)}"
    )
