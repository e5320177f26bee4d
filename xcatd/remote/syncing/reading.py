"""Synclists and the files that they name, found on this host: each for the place that it gets. It reads the disk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from posixpath import basename, normpath
from typing import Final

from xcatd.errors import ServiceError
from xcatd.remote.syncing.sides import Shelf
from xcatd.remote.syncing.synclist import WILD, Entry, Place, Script, Synclist, absolute, parse
from xcatd.services.files import read_text

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder of the management node, named `named` there, that is at `here` on this host, and for scripts what runs. On
    the node it gets exactly the path `destination`."""

    named: str
    here: Path
    place: Place
    destination: str = ""


@dataclass(slots=True)
class Reader:
    """Reads each list once. All methods block."""

    shelf: Shelf
    _lists: dict[Path, Synclist] = field(default_factory=dict)

    def read(self, path: Path) -> Synclist:
        """A list, by its name on the management node. Raises ServiceError."""
        if path not in self._lists:
            here = self.shelf.at(path)
            if not here.is_file():
                raise ServiceError(f"The synclist {self.shelf.missing(path)}")
            self._lists[path] = parse(path, read_text(here))
        return self._lists[path]

    def items(self, entry: Entry, variables: Mapping[str, str]) -> Iterator[Item]:
        """All that a line brings, each with its own place. Raises ServiceError."""
        names = filled(entry.sources, variables, entry.place)
        (destination,) = filled((entry.destination,), variables, entry.place)
        for name in names:
            yield from self._aimed(name, destination, entry.place, several=len(names) > 1)

    def script(self, script: Script, variables: Mapping[str, str]) -> Item:
        """A script, which must be there. Raises ServiceError."""
        (path,) = filled((script.path,), variables, script.place)
        here = self.shelf.at(Path(path))
        if not here.is_file():
            raise script.place.wrong(self.shelf.missing(Path(path)))
        return Item(path, here, script.place)

    def found(self, source: str, place: Place) -> Sequence[Item]:
        """What a path on the left side names, of which there must be something. Raises ServiceError."""
        path = Path(source)
        if WILD & set(source):
            for base in self.shelf.bases(path):
                # Unlike Path.glob it leaves hidden files out, as a shell does.
                names = sorted(glob(source.lstrip("/"), root_dir=base))  # noqa: PTH207
                if names:
                    return [Item(_plain(name), base / name, place) for name in names]
            raise place.wrong(self.shelf.missing(path))
        here = self.shelf.at(path)
        if not here.is_file() and not here.is_dir():
            raise place.wrong(self.shelf.missing(path))
        return (Item(str(path), here, place),)

    def _aimed(self, source: str, destination: str, place: Place, *, several: bool) -> Iterator[Item]:
        wild = bool(WILD & set(source))
        into = several or wild or destination.endswith("/")
        for item in self.found(source, place):
            target = _plain(destination)
            is_folder = item.here.is_dir()
            own_name = basename(target) == basename(item.named)
            if source.endswith("/") and is_folder:
                pass  # its content, as with rsync
            elif is_folder and not wild and own_name:
                pass  # /home/mike -> /home/mike/
            elif into or is_folder:
                target = _plain(f"{target}/{basename(item.named)}")
            yield Item(item.named, item.here, place, target)


def filled(paths: Sequence[str], variables: Mapping[str, str], place: Place) -> Sequence[str]:
    """Paths with values for their variables. Raises ServiceError for a variable that has none."""
    if not any("$" in path for path in paths):
        return paths

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in variables:
            raise place.wrong(f"${name} has no value: osimage.environvar of the node's image sets such names")
        return variables[name]

    made = [_VARIABLE.sub(value, path) for path in paths]
    absolute(made, place)
    return made


def _plain(path: str) -> str:
    """An absolute path without needless slashes."""
    return normpath(f"/{path.lstrip('/')}")
