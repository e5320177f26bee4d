"""Two discs of Debian in one tree: each has an index of its own packages (`dists/*/*/binary-*/Packages`), the tree needs one of
all. The index's sums in `Release` follow, whose signature then no longer holds: a client needs `[trusted=yes]`, as for Debian's own
discs, which are not signed (the format: wiki.debian.org/DebianRepository/Format)."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from xcatd.errors import ServiceError

_PACKERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "Packages": (bytes, bytes),
    "Packages.gz": (gzip.decompress, lambda text: gzip.compress(text, mtime=0)),
    "Packages.xz": (lzma.decompress, lzma.compress),
}
"""Name of an index -> how it is unpacked and packed."""
_FILENAME = re.compile(rb"^Filename: *(.*)$", re.MULTILINE)
_SUM = re.compile(r" ([0-9a-f]{32,128}) +\d+ (.+)")
_SECTION = re.compile(r"(MD5Sum|SHA1|SHA256|SHA512):\s*")
_SIGNATURES = ("Release.gpg", "InRelease")


class AptIndexes:
    """Makes one index out of two, for as many as there are; then `finish`."""

    def __init__(self) -> None:
        self._changed: set[Path] = set()
        """Folders with indexes that are new."""

    def combine(self, old: Path, new: Path) -> bool:
        """Put what only the old index has behind what the new one has. False: they are no indexes. It blocks. Raises OSError, or
        ServiceError for one that is broken."""
        if new.name not in _PACKERS or not new.parent.name.startswith("binary-"):
            return False
        unpack, pack = _PACKERS[new.name]
        try:
            text = _union(unpack(new.read_bytes()), unpack(old.read_bytes()))
        except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
            raise ServiceError(
                f"The index {new.parent.name}/{new.name} cannot be read: get the medium again"
            ) from error
        _replace(new, pack(text))
        self._changed.add(new.parent)
        return True

    def finish(self, tree: Path) -> None:
        """Bring the sums in `dists/*/Release` up to date. It blocks. Raises OSError."""
        for release in tree.glob("dists/*/Release"):
            folder = release.parent
            changed = {str(one.relative_to(folder)) for one in self._changed if one.is_relative_to(folder)}
            if changed and not folder.is_symlink():
                _replace(release, "".join(_lines(release, changed)).encode())
                for name in _SIGNATURES:
                    (folder / name).unlink(missing_ok=True)


def _union(first: bytes, second: bytes) -> bytes:
    """Stanzas of both, each file once."""
    stanzas: dict[bytes, bytes] = {}
    for stanza in (*first.split(b"\n\n"), *second.split(b"\n\n")):
        found = _FILENAME.search(stanza)
        if found:
            stanzas.setdefault(found[1].strip(), stanza.strip(b"\n"))
    return b"".join(stanza + b"\n\n" for stanza in stanzas.values())


def _lines(release: Path, changed: set[str]) -> Iterator[str]:
    """The file with the sums of indexes in these folders as they are now; those that are not there have none."""
    algorithm = ""
    for line in release.read_text(errors="surrogateescape").splitlines(keepends=True):
        if section := _SECTION.fullmatch(line.strip()):
            algorithm = {"MD5Sum": "md5"}.get(section[1], section[1].lower())
        found = _SUM.fullmatch(line.rstrip("\n"))
        folder, _, name = found[2].rpartition("/") if found else ("", "", "")
        if folder not in changed or name not in _PACKERS:
            yield line
        elif (content := _content(release.parent / folder, name)) is not None:
            digest = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
            yield f" {digest} {len(content):16} {folder}/{name}\n"


def _content(folder: Path, name: str) -> bytes | None:
    """An index; the plain one has sums whether it is there or not, because clients look at what they unpacked."""
    if (folder / name).exists():
        return (folder / name).read_bytes()
    packed = next((other for other in _PACKERS if (folder / other).exists()), None)
    if name != "Packages" or packed is None:
        return None
    return _PACKERS[packed][0]((folder / packed).read_bytes())


def _replace(path: Path, content: bytes) -> None:
    """Not in place: the file may be one with another tree's."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(0o644)
