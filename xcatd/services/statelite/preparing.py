"""What liteimg does in a root file system: originals go to .default, links take their place, and the node's list is written.

What the run before made and is not wanted any more is taken back. It is done in place, because nodes may have this folder as their
root by NFS, and another one would be no root to them. It blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.rootimg.saying import Say
from xcatd.services.statelite.checks import IN_MEMORY, problems
from xcatd.services.statelite.journal import Journal
from xcatd.services.statelite.layout import (
    DEFAULT,
    LOCAL,
    PLAN,
    SAVED,
    TMPFS,
    LiteSpec,
    plan_text,
    read_saved,
    saved_text,
    with_needed,
)
from xcatd.services.statelite.rows import MTAB, Entry, parent_of
from xcatd.services.statelite.tree import copy_tree, default_target, is_ours, link_target, place_of, resolved


def prepare(spec: LiteSpec, say: Say, meanwhile: Callable[[Path], None] | None = None) -> None:
    """Prepare `spec.folder`/rootimg. `meanwhile` is called once there are no links of ours in it: it may change files.

    Raises ServiceError; then the root file system is as it was, but for what `meanwhile` did.
    """
    root = Path(spec.folder) / "rootimg"
    if not root.is_dir():
        raise ServiceError(f"{root} is missing: make it with genimage {spec.image}")
    try:
        _prepare(root, spec, say, meanwhile or _nothing)
    except OSError as error:
        raise ServiceError(f"{error.filename or root}: {(error.strerror or str(error)).lower()}") from error


def _nothing(root: Path) -> None:
    pass


def _prepare(root: Path, spec: LiteSpec, say: Say, meanwhile: Callable[[Path], None]) -> None:
    journal = Journal(root)
    if journal.was_interrupted():
        say("The liteimg before this one was ended in the middle: what it did is taken back")
    saved = root / SAVED
    old = read_saved(saved.read_text(errors="replace")) if saved.is_file() else []
    ours = {one.plain for one in old if one.is_link and is_ours(root, one.plain)}
    entries = _really(root, with_needed(spec.entries), ours, say)
    found = [
        *problems(entries, has_disk=any(line.startswith("localspace ") for line in spec.disk)),
        *_wrong_kinds(root, entries, ours),
    ]
    if found:
        raise ServiceError("; ".join(found))
    with journal:
        _Work(root, journal, old, entries, ours).do(meanwhile)
        for folder in (TMPFS, DEFAULT, LOCAL):
            journal.folder(folder)
        journal.text(SAVED, saved_text(entries))
        journal.text(PLAN, plan_text(spec, entries))


def _really(root: Path, entries: Sequence[Entry], ours: Collection[str], say: Say) -> Sequence[Entry]:
    """The entries by the paths that they really are in this image: a link cannot be mounted on."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.path == MTAB:
            continue
        plain = resolved(root, entry.plain, ours)
        path = f"{plain}/" if entry.is_folder else plain
        if any(plain == one or plain.startswith(f"{one}/") for one in IN_MEMORY):
            say(f"{entry.path} is {path} in this image, which is in memory on every node: it is left out")
        elif path in found:
            say(f"{entry.path} is {path} in this image, which another row has: it is left out")
        else:
            if plain != entry.plain:
                say(f"{entry.path} is {path} in this image")
            found[path] = Entry(path, entry.option)
    return list(found.values())


def _wrong_kinds(root: Path, entries: Sequence[Entry], ours: Collection[str]) -> Sequence[str]:
    wrong = []
    for entry in entries:
        place = place_of(root, entry.plain, ours)
        if place.is_dir() and not entry.is_folder:
            wrong.append(f"{entry.path} is a folder in the image: write it with / at its end in litefile")
        elif place.exists() and not place.is_dir() and entry.is_folder:
            wrong.append(f"{entry.plain} is a file in the image: write it without / at its end in litefile")
    return wrong


class _Work:
    """One run. `ours`: paths where links of the run before are."""

    def __init__(
        self, root: Path, journal: Journal, old: Sequence[Entry], new: Sequence[Entry], ours: Collection[str]
    ) -> None:
        self._root, self._journal, self._new, self._ours = root, journal, new, set(ours)
        self._old_copies = [one.plain for one in _tops(old) if not one.is_link]
        self._tops = _tops(new)

    def do(self, meanwhile: Callable[[Path], None]) -> None:
        links = [one for one in self._tops if one.is_link]
        copies = [one for one in self._tops if not one.is_link]
        for plain in sorted(self._ours):
            self._take_back(plain)
        meanwhile(self._root)
        for plain in {*self._old_copies} - {one.plain for one in copies}:
            self._journal.aside(DEFAULT + plain)
        for entry in links:
            self._link(entry)
        for entry in self._new:
            self._have(entry)
        for entry in copies:
            self._copy(entry)

    def _take_back(self, plain: str) -> None:
        self._journal.unlink(plain[1:])
        self._journal.aside(TMPFS + plain)
        if (self._root / DEFAULT / plain[1:]).exists():
            self._journal.move(DEFAULT + plain, plain[1:])
        self._ours.discard(plain)

    def _link(self, entry: Entry) -> None:
        """The original goes to .default; where it was, a link leads to what is in memory on a node, and from there back to it."""
        plain = entry.plain
        self._have(entry)
        self._journal.aside(DEFAULT + plain)
        for base, like in ((DEFAULT, "."), (TMPFS, "")):
            self._journal.folder(str(Path(base + plain).parent), like)
        self._journal.move(plain[1:], DEFAULT + plain)
        self._journal.aside(TMPFS + plain)
        self._journal.link(TMPFS + plain, default_target(plain))
        self._journal.link(plain[1:], link_target(plain))
        self._ours.add(plain)

    def _have(self, entry: Entry) -> None:
        """What is to be mounted on must be there."""
        place = place_of(self._root, entry.plain, self._ours).relative_to(self._root)
        if (self._root / place).exists():
            return
        if entry.is_folder:
            self._journal.folder(str(place))
            return
        self._journal.folder(str(place.parent))
        self._journal.file(str(place))

    def _copy(self, entry: Entry) -> None:
        new = self._journal.place()
        copy_tree(self._root / entry.plain[1:], self._root / new)
        self._journal.folder(str(Path(DEFAULT + entry.plain).parent), ".")
        self._journal.aside(DEFAULT + entry.plain)
        self._journal.move(new, DEFAULT + entry.plain)


def _tops(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Those that are below no other."""
    known = {one.path: one for one in entries}
    return [one for one in entries if parent_of(one.path, known) is None]
