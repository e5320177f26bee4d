"""Which files of this server templates may be, and may include: those of the site and those of the program. Nodes and everybody
else can read what is made of them by HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from os.path import normpath
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.target import site
from xcatd.services.files import read_text
from xcatd.services.postscripts.here import Here

SHIPPED: Final = "share/install"
_INSTALLED = Path(sys.prefix).parent.parent / SHIPPED
_SOURCES = Path(__file__).parents[3] / SHIPPED


@cache
def shipped() -> Path:
    """The folder of templates that came with the program: PREFIX/share/install, or the one beside its sources."""
    return _INSTALLED if _INSTALLED.is_dir() else _SOURCES


@dataclass(frozen=True, slots=True)
class Shelf:
    """Reads files, as the tables name them."""

    here: Here

    @property
    def folders(self) -> Sequence[Path]:
        """Below these they may be: <installdir>, <XCATROOT>/share/xcat, and the program's own."""
        root = Path(os.environ.get("XCATROOT", "/opt/xcat"))
        return (Path(site(self.here, "installdir")), root / "share/xcat", shipped())

    def read(self, name: str | Path, where: str) -> str:
        """The text of a file; `where` is what names it. Raises ServiceError: it is elsewhere, not there, or empty."""
        path = Path(normpath(name))
        if not any(path.is_relative_to(folder) for folder in self.folders):
            folders = ", ".join(map(str, self.folders))
            raise ServiceError(f"{where} names {path}, which is in none of these folders: {folders}; copy it there")
        text = read_text(path) if path.is_relative_to(shipped()) else self.here.read(self._inside(path, where))
        if not text.strip():
            raise ServiceError(f"{where} names {path}, which is not there, or empty: correct one of them")
        return text

    def has(self, path: Path) -> bool:
        """Whether there is such a file, with something in it."""
        return bool(read_text(path) if path.is_relative_to(shipped()) else self.here.read(self.here.below(path)))

    def _inside(self, path: Path, where: str) -> Path:
        """The file itself: a link in these folders leads to no other file of the server."""
        place = self.here.below(path)
        real = place.resolve()
        if not any(real.is_relative_to(self.here.below(folder).resolve()) for folder in self.folders):
            raise ServiceError(
                f"{where} names {path}, a link to {real}, which nodes may not have: copy the file instead"
            )
        return place
