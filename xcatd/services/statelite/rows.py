"""Which rows of litefile and litetree count for an image, and what they say together (protocol.md 9.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.errors import NotFound
from xcatd.objects import World
from xcatd.store import Row, Snapshot

ALL: Final = "ALL"
DEFAULT: Final = "tmpfs,rw"
"""The option of a row that has none."""
MTAB: Final = "/etc/mtab"
_WORDS: Final = ("", "statelite", "netboot", "install")
"""In nodetype.provmethod these are no names of images."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or, with a slash at its end, a folder, and where a node has it from."""

    path: str
    option: str

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def plain(self) -> str:
        """Without the slash."""
        return self.path.removesuffix("/")

    @property
    def words(self) -> frozenset[str]:
        """Those of the option. The old word `tmpfs,rw` means link, and rw alone tmpfs."""
        if self.option == "tmpfs,rw":
            return frozenset({"link"})
        return frozenset("tmpfs" if word in ("rw", "tempfs") else word for word in self.option.split(","))

    @property
    def is_link(self) -> bool:
        """In the image there is a symbolic link."""
        return "link" in self.words

    def is_below(self, other: Entry) -> bool:
        return other.is_folder and self.plain.startswith(other.path)


@dataclass(frozen=True, slots=True)
class Tree:
    """A row of litetree. `directory` may have variables."""

    priority: str
    directory: str
    options: str = ""

    def shown(self, directory: str) -> str:
        """As `litetree` says it; `directory`: its own, with the variables' values."""
        return f"{directory} :{self.options}" if self.options else directory


def entries_of(snapshot: Snapshot, image: str) -> Sequence[Entry]:
    """What an image's nodes have of their own, by path. Of rows for the same path the most particular counts."""
    return snapshot.cached((entries_of, image), lambda: _entries(snapshot, image))


def _entries(snapshot: Snapshot, image: str) -> Sequence[Entry]:
    found: dict[str, str] = {}
    for row in _rows(snapshot, "litefile", image):
        if row["file"]:
            found[row["file"]] = row["options"].strip() or DEFAULT
    found[MTAB] = DEFAULT if MTAB in found else "link"
    return [Entry(path, found[path]) for path in sorted(found)]


def trees_of(snapshot: Snapshot, image: str) -> Sequence[Tree]:
    """Where an image's nodes look for their files, in this order. Of rows with the same priority the most particular counts."""
    return snapshot.cached((trees_of, image), lambda: _trees(snapshot, image))


def _trees(snapshot: Snapshot, image: str) -> Sequence[Tree]:
    found: dict[str, Tree] = {}
    for row in _rows(snapshot, "litetree", image):
        if row["directory"]:
            found[row["priority"]] = Tree(row["priority"], row["directory"], row["mntopts"])
    return sorted(found.values(), key=_priority)


def image_of(world: World, node: str) -> str:
    """The image of a node, by nodetype. Raises NotFound."""
    values = {column: world.value(node, "nodetype", column) for column in ("os", "arch", "profile", "provmethod")}
    if values["provmethod"] not in _WORDS:
        return values["provmethod"]
    if not (values["os"] and values["arch"] and values["profile"]):
        raise NotFound(f"{node} does not have os, arch, or profile defined in nodetype table")
    return f"{values['os']}-{values['arch']}-statelite-{values['profile']}"


def groups_of(snapshot: Snapshot, image: str) -> Sequence[str]:
    """osimage.groups: each of them, and the whole text, which is what xCAT 2 compares."""
    row = next((one for one in snapshot.table("osimage").find(image) if not one.hidden), None)
    text = "" if row is None else row["groups"].strip()
    members = [word.strip() for word in text.split(",")]
    return [word for word in dict.fromkeys([*members, text]) if word]


def parent_of(path: str, entries: Mapping[str, Entry]) -> Entry | None:
    """The nearest folder above a path that is an entry too. `entries`: by their paths."""
    parts = path.rstrip("/").split("/")[:-1]
    while len(parts) > 1:
        found = entries.get("/".join(parts) + "/")
        if found is not None:
            return found
        parts.pop()
    return None


def _rows(snapshot: Snapshot, table: str, image: str) -> Iterator[Row]:
    """Those that count, the least particular first."""
    rows = [row for row in snapshot.table(table).rows if not row.hidden]
    for whose in (*groups_of(snapshot, image), "", ALL, image):
        yield from (row for row in rows if row["image"].strip() == whose)


def _priority(tree: Tree) -> tuple[float, str]:
    try:
        return float(tree.priority), tree.priority
    except ValueError:
        return float("inf"), tree.priority
