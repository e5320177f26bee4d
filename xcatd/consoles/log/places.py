"""Where the log of a console is, below one folder.

    NODE                        the bytes of the console as they came, and nothing else
    .times/NODE                 when they came, and what happened to the console (see `index`)
    .old/NODE/FIRST-END[.gz]    what was in NODE before: bytes FIRST up to END of all that the console has said
    .old/NODE/FIRST-END.times[.gz]

No node's name begins with a dot, so nothing here can be taken for another node's.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError

FOLDER = Path("var/log/consoles")
"""Below the root of the daemon's files."""
FOLDER_MODE, FILE_MODE = 0o750, 0o640
_LONGEST = 200
"""Characters of a name: others are put behind it, and a file's name may have 255 bytes."""
_OLD = re.compile(r"(\d{15})-(\d{15})(\.gz)?")


@dataclass(frozen=True, slots=True)
class OldPart:
    """Bytes `first` up to `end` of what a console has said."""

    first: int
    end: int
    path: Path

    @property
    def times(self) -> Path:
        """Their times, whichever of the two forms they have now."""
        plain = self.path.with_name(f"{self.first:015d}-{self.end:015d}.times")
        packed = plain.with_name(f"{plain.name}.gz")
        return packed if not plain.exists() else plain


@dataclass(frozen=True, slots=True)
class Places:
    """The places below `folder`."""

    folder: Path

    def data(self, node: str) -> Path:
        """Raises ServiceError for a name that cannot be a file's."""
        if not is_fit(node):
            raise ServiceError(f"There is no log of a console with the name {node!r}: give the node another name")
        return self.folder / node

    def times(self, node: str) -> Path:
        return self.folder / ".times" / node

    def old(self, node: str) -> Path:
        return self.folder / ".old" / node

    def make(self) -> None:
        """Make what is missing; what is there keeps its mode. Raises OSError."""
        make_folder(self.folder)
        make_folder(self.folder / ".times")

    def old_parts(self, node: str) -> Sequence[OldPart]:
        """The oldest first."""
        try:
            names = os.listdir(self.old(node))  # noqa: PTH208 - no Path of each is wanted
        except (FileNotFoundError, NotADirectoryError):
            return ()
        found = {}
        for name in sorted(names, reverse=True):  # of both forms the one that was there first
            if matched := _OLD.fullmatch(name):
                first, end = int(matched[1]), int(matched[2])
                found[first] = OldPart(first, end, self.old(node) / name)
        return [found[first] for first in sorted(found) if found[first].end > first]


def is_fit(node: str) -> bool:
    """Whether a node's name can be a file's."""
    return (
        bool(node)
        and len(node.encode(errors="surrogateescape")) <= _LONGEST
        and not (set(node) & {"/", "\0"})
        and node[0] != "."
    )


def old_name(first: int, end: int) -> str:
    return f"{first:015d}-{end:015d}"


def make_folder(folder: Path) -> None:
    """Make it, and what is above it, unless it is there. Raises OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(FOLDER_MODE)  # whatever the daemon's umask is
