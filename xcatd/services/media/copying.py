"""A medium's way into its tree: unpacked beside, seen to be whole, joined with what is there, and then put into its place."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.media.aptindex import AptIndexes
from xcatd.services.media.checksums import Sum, check, sums_of
from xcatd.services.media.fingerprint import NAME, fingerprint, note_medium
from xcatd.services.media.folder import look, reason
from xcatd.services.media.identity import Clues, Identity, is_clue
from xcatd.services.media.placing import Site, building, merge, put, save
from xcatd.services.media.recognition import recognise
from xcatd.services.media.settling import settle
from xcatd.services.media.source import Contents, Progress, Source, no_progress
from xcatd.services.media.working import Gauge, work

_OURS = re.compile(r"\..*|\d+|sdk\d+|installer2|packages2")
"""What lies in a tree whose media have folders of their own."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is copied where. `tree`: the distribution's own folder. `root`: the folder below which the host's files are."""

    source: Source
    contents: Contents
    identity: Identity
    tree: Path
    root: Path

    @property
    def target(self) -> Path:
        """Where it is put: the folder itself, not a link to it."""
        tree = self.tree.resolve()
        return tree / self.identity.folder if self.identity.folder else tree

    @property
    def mark(self) -> str:
        return fingerprint(self.contents.names)


async def clues_of(source: Source, contents: Contents) -> Clues:
    """The small files of a medium that tell what it is. Raises ServiceError."""
    return {name: await source.read(name) for name in sorted(contents.files) if is_clue(name)}


async def copy_medium(copy: Copy, progress: Progress) -> None:
    """Bring a medium into its tree. Whatever goes wrong, the tree stays as it was, and nothing is left beside it.

    Raises ServiceError: the medium is not whole, the disk is full, somebody else is at it, or the folder has other things.
    """
    await _guarded(copy, lambda _: _check_tree(copy.tree))
    async with _built(copy) as site:
        await copy.source.unpack(copy.contents, site.stage, progress)
        await _guarded(copy, lambda gauge: settle(site.stage, copy.contents, gauge))
        sums, total = await asyncio.to_thread(_sums, site.stage)
        await _guarded(copy, lambda gauge: check(site.stage, sums, gauge), total, progress)
        await _guarded(copy, lambda gauge: _finish(copy, site, gauge))


def _sums(folder: Path) -> tuple[list[Sum], int]:
    """The checksums of files, and how many bytes these have."""
    sums = sums_of(folder)
    return sums, sum((folder / one.name).stat().st_size for one in sums)


def _finish(copy: Copy, site: Site, gauge: Gauge) -> None:
    if not copy.identity.folder:
        _join(copy, site, gauge)
        note_medium(site.stage, copy.mark)
    save(site.stage, gauge)
    put(site)
    if copy.identity.folder:
        for name in copy.identity.aliases:
            _alias(copy.tree / name, copy.identity.folder)
        note_medium(copy.tree, copy.mark)


def _join(copy: Copy, site: Site, gauge: Gauge) -> None:
    """What the tree has already comes along."""
    if copy.target.is_dir():
        indexes = AptIndexes()
        merge(copy.target, site.stage, gauge, indexes.combine)
        indexes.finish(site.stage)


def _alias(link: Path, folder: str) -> None:
    if link.is_symlink() or not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(folder)


@contextlib.asynccontextmanager
async def _built(copy: Copy) -> AsyncIterator[Site]:
    stack = contextlib.ExitStack()
    try:
        yield await work(lambda _: stack.enter_context(building(copy.target, copy.root)))
    finally:
        await asyncio.to_thread(stack.close)


async def _guarded(copy: Copy, task: Callable[[Gauge], None], total: int = 0, progress: Progress = no_progress) -> None:
    try:
        await work(task, total, progress)
    except OSError as error:
        raise ServiceError(f"{copy.target} stays as it was: {reason(error)}") from error


def _check_tree(tree: Path) -> None:
    """Raises ServiceError for a folder that has something else than media: it would be replaced."""
    if not tree.is_dir() or (tree / NAME).exists():
        return
    here = {one.name for one in tree.iterdir()}
    if all(map(_OURS.fullmatch, here)) or recognise(_clues_in(tree, look(tree).files)) is not None:
        return
    raise ServiceError(f"{tree} has files that are of no medium: name a folder of its own with -p")


def _clues_in(tree: Path, names: Collection[str]) -> Clues:
    return {name: (tree / name).read_text(errors="replace") for name in names if is_clue(name)}
