"""What the daemon remembers of its servers' files, so that they are not read and understood again for each node."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.services.files import read_text

if TYPE_CHECKING:
    from xcatd.services.dhcp.document import Dialect, Document

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is. `document` None: it is none of ours."""

    text: str
    document: Document | None


@dataclass(slots=True)
class Memory:
    """The files that have been read, each with what tells that it is another one now: its inode, time and size."""

    _files: dict[Path, tuple[_Stamp, Kept]] = field(default_factory=dict)

    def read(self, path: Path, dialect: Dialect) -> Kept:
        """A file. It blocks: call it in a thread. Raises ServiceError when it cannot be read."""
        stamp = _stamp(path)
        known = self._files.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        text = read_text(path)
        kept = Kept(text, dialect.parse(text))
        if stamp is not None and stamp == _stamp(path):
            self._files[path] = stamp, kept
        return kept

    def note(self, path: Path, text: str, document: Document) -> None:
        """A file has been written, and is what this says."""
        stamp = _stamp(path)
        if stamp is not None:
            self._files[path] = stamp, Kept(text, document)


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:  # no file, or none that can be looked at, as reading it will say
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
