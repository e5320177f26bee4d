"""All files of a plan as one tree of links, laid out as they shall be on the node: rsync brings it in one run.

Where lines overlap the later one counts: a folder and a file in it, two folders into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from xcatd.remote.syncing.reading import Item

Branch: TypeAlias = "dict[str, Item | Branch]"
_OPTIONS: Final = ("-rLptgo", "--no-implied-dirs", "--keep-dirlinks", "--from0")
"""What xCAT asks of rsync: folders with all in them, the files that links lead to, rights, times, owners. Folders on the way
that are there stay as they are, also where they are links."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree on disk. `folder`: its top. `names`: the file with what rsync shall take of it."""

    branch: Branch
    folder: Path
    names: Path

    @property
    def options(self) -> tuple[str, ...]:
        """Options of rsync(1) with which the folder is sent to `/`."""
        return (*_OPTIONS, f"--files-from={self.names}")

    def named(self, path: str) -> str:
        """What a path on the node is called on the management node."""
        parts = _parts(path)
        place: Item | Branch = self.branch
        for number, part in enumerate(parts):
            if isinstance(place, Item):
                return "/".join((place.named, *parts[number:]))
            place = place.get(part, {})
        return place.named if isinstance(place, Item) else ""


@contextmanager
def planted(items: Iterable[Item]) -> Iterator[Tree]:
    """Make the tree, which goes at the end. It blocks. Raises ServiceError for lines that contradict each other, OSError."""
    branch = union(items)
    with TemporaryDirectory(prefix="xcat-syncing-") as folder:
        top, names = Path(folder, "tree"), Path(folder, "names")
        names.write_bytes(b"".join(b"./" + bytes(leaf) + b"\0" for leaf in _grown(branch, top, Path())))
        yield Tree(branch, top, names)


def union(items: Iterable[Item]) -> Branch:
    """All items in one tree. It reads folders. Raises ServiceError where one would be a file and a folder."""
    top: Branch = {}
    for item in items:
        _insert(top, _parts(item.destination), item)
    return top


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _insert(branch: Branch, parts: list[str], item: Item) -> None:
    if not parts:
        for part in _content(item):
            _insert(branch, [Path(part.named).name], part)
        return
    name, *rest = parts
    there = branch.get(name)
    if there is None or (not rest and _is_file(item) and isinstance(there, Item) and _is_file(there)):
        branch[name] = _grow(rest, item)
        return
    if not rest and _is_file(item):
        raise item.place.wrong(f"{item.destination} would be a file, and other lines have a folder there")
    if isinstance(there, Item):
        there = branch[name] = _opened(there, item)
    _insert(there, rest, item)


def _grow(parts: list[str], item: Item) -> Item | Branch:
    return {parts[0]: _grow(parts[1:], item)} if parts else item


def _is_file(item: Item) -> bool:
    return not item.here.is_dir()


def _opened(there: Item, other: Item) -> Branch:
    """A folder with its content one by one, because something else comes into it."""
    if _is_file(there):
        raise other.place.wrong(
            f"{other.destination} needs a folder where line {there.place.number} of {there.place.path} puts a file"
        )
    return {Path(part.named).name: part for part in _content(there)}


def _content(item: Item) -> Iterator[Item]:
    for here in sorted(item.here.iterdir()):
        yield Item(f"{item.named}/{here.name}", here, item.place, f"{item.destination.rstrip('/')}/{here.name}")


def _grown(branch: Branch, folder: Path, below: Path) -> Iterator[Path]:
    """Make the links, and say where they are."""
    folder.mkdir()
    for name, place in branch.items():
        if isinstance(place, Item):
            (folder / name).symlink_to(place.here.absolute())
            yield below / name
        else:
            yield from _grown(place, folder / name, below / name)
