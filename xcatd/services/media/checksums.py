"""Checksums that a medium carries: whether its files are what its maker wrote. What a boot loader's set-up patches later (boot
catalogue, isolinux.bin) is in some lists with what it was before, and left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.media.treeinfo import read_treeinfo
from xcatd.services.media.working import Gauge

_PATCHED = frozenset({"boot.cat", "boot.catalog", "isolinux.bin", "eltorito.img"})
_LISTS = ("md5sum.txt", "SHA256SUMS", "CHECKSUMS")
"""Lists as md5sum(1) and sha256sum(1) write them: of Debian and Ubuntu, and of SLE 15 and Leap."""
_LINE = re.compile(r"([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}) [ *](?:\./)?(.+)")
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}
"""By the length in hexadecimal digits."""
_CONTENT = re.compile(r"^(?:HASH|META|KEY) (?:SHA1|SHA256) ([0-9a-f]{40,64}) +(\S+)$", re.MULTILINE)
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sum:
    """What a file should be. `name`: below the medium's top."""

    name: str
    digest: str

    @property
    def algorithm(self) -> str:
        return _ALGORITHMS[len(self.digest)]


def sums_of(folder: Path) -> list[Sum]:
    """What the lists of an unpacked medium say of files that are there. It blocks. Raises ServiceError."""
    found = {one.name: one for one in _sums(folder)}
    return [one for one in found.values() if _is_whole(folder, one.name)]


def check(folder: Path, sums: list[Sum], gauge: Gauge) -> None:
    """Read the files. It blocks for long. Raises ServiceError for the first one that is something else."""
    for one in sums:
        digest = hashlib.new(one.algorithm, usedforsecurity=False)
        with (folder / one.name).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                gauge.step(len(piece))
        if digest.hexdigest() != one.digest:
            raise ServiceError(f"{one.name} is not what the medium's own checksums say: get the medium again")


def _sums(folder: Path) -> Iterator[Sum]:
    for name in _LISTS:
        for line in read_text(folder / name).splitlines():
            if found := _LINE.fullmatch(line):
                yield Sum(found[2], found[1])
    for digest, name in _CONTENT.findall(read_text(folder / "content")):
        if len(digest) in _ALGORITHMS:
            yield Sum(name, digest)
    for name, text in read_treeinfo(read_text(folder / ".treeinfo")).get("checksums", {}).items():
        digest = text.rpartition(":")[2].strip().lower()
        if len(digest) in _ALGORITHMS:
            yield Sum(name, digest)


def _is_whole(folder: Path, name: str) -> bool:
    """Whether it is a file below the folder which nobody changes later."""
    path = folder / name
    if name in _LISTS or path.name in _PATCHED:
        return False
    inside = ".." not in Path(name).parts and not Path(name).is_absolute()
    return inside and path.is_file() and path.resolve().is_relative_to(folder.resolve())
