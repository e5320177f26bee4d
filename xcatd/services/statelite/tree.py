"""Looking at a root file system: what paths in it really are, without ever leaving it. It blocks."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Collection
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.statelite.layout import DEFAULT, TMPFS

_HOPS: Final = 40


def link_target(plain: str) -> str:
    """Where the link at a path of the image leads: into what is in memory on a node."""
    return "../" * (plain.count("/") - 1) + TMPFS + plain


def default_target(plain: str) -> str:
    """Where the link that stands for it in the image's own .statelite/tmpfs leads."""
    return "../" * (plain.count("/") + 1) + DEFAULT + plain


def is_ours(root: Path, plain: str) -> bool:
    """Whether there is a link at this path that liteimg has made."""
    place = root / plain[1:]
    return place.is_symlink() and str(place.readlink()) == link_target(plain)


def place_of(root: Path, plain: str, ours: Collection[str]) -> Path:
    """Where the content of a path lies. `ours`: paths at which there are links of liteimg."""
    moved = any(plain == one or plain.startswith(f"{one}/") for one in ours)
    return root / DEFAULT / plain[1:] if moved else root / plain[1:]


def resolved(root: Path, plain: str, ours: Collection[str]) -> str:
    """The path without links in it, as the image's own programs see it. Raises ServiceError for links without an end."""
    ahead, done, hops = deque(plain.split("/")), list[str](), 0
    while ahead:
        part = ahead.popleft()
        if part in ("", "."):
            continue
        if part == "..":
            done = done[:-1]
            continue
        here = "/" + "/".join([*done, part])
        place = place_of(root, here, ours)
        if not place.is_symlink():
            done.append(part)
            continue
        target = str(place.readlink())
        hops += 1
        if hops > _HOPS:
            raise ServiceError(f"{plain} is a link without an end in {root}: correct it")
        if target.startswith("/"):
            done = []
        ahead.extendleft(reversed(target.split("/")))
    return "/" + "/".join(done)


def copy_tree(source: Path, target: Path) -> None:
    """A second tree with the same content: files are shared by hard links where the file system can do it."""
    if source.is_symlink() or not source.is_dir():
        _share(source, target)
        return
    target.mkdir()
    for one in os.scandir(source):
        copy_tree(Path(one.path), target / one.name)
    told = source.stat()
    os.chown(target, told.st_uid, told.st_gid)
    shutil.copystat(source, target)


def _share(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
        return
    except OSError as error:
        if not (source.is_symlink() or source.is_file()):
            raise ServiceError(f"{source} cannot be copied: {(error.strerror or str(error)).lower()}") from error
    shutil.copy2(source, target, follow_symlinks=False)
    told = source.lstat()
    os.chown(target, told.st_uid, told.st_gid, follow_symlinks=False)
    if not source.is_symlink():
        with contextlib.suppress(PermissionError):
            target.chmod(told.st_mode & 0o7777)
